/** The README.md of an exported model: all that somebody without this repository needs to run it. Pure. */
import { cacheCapacity, type ModelCard } from './card.ts';
import { samplesOf } from './export-front-end.ts';
import { EXPORT_OPSET, maxFrames, stateShapeOf } from './export-graph.ts';
import { TRITON_LIMITS } from './export-triton.ts';

export interface ExportKind {
  readonly waveform: boolean;
  readonly triton: boolean;
  /** Tokens of the state that a stream starts with. */
  readonly startTokens: number;
}

/** Sizes that the text is made of. */
function facts(card: ModelCard) {
  const { features, chunk, audio } = card;
  const frames = chunk.inputFrames;
  const strideSamples = chunk.strideFrames * features.hopSamples;
  return {
    frames,
    strideSamples,
    windowSamples: samplesOf(frames, features),
    half: features.nFft / 2,
    chunkS: strideSamples / audio.sampleRateHz,
    leastFrames: card.network.patch,
    mostFrames: maxFrames(card),
  };
}

export function exportReadme(card: ModelCard, kind: ExportKind): string {
  const sections = [
    head(card, kind),
    inputsAndOutputs(card, kind),
    ...(stateShapeOf(card) ? [stateText(card, kind)] : []),
    chunkText(card, kind),
    melText(card, kind),
    exampleText(card, kind),
    ...(kind.triton ? [tritonText(card, kind)] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function head(card: ModelCard, { waveform, triton }: ExportKind): string {
  const { id, title, revision, summary, licence, origin, features } = card;
  const rows: (readonly [string, string] | false)[] = [
    ['`model.onnx`', 'log-mel in, probabilities out'],
    waveform && ['`model-waveform.onnx`', 'samples in, probabilities out; the log-mel is made in the graph'],
    stateShapeOf(card) !== null && ['`initial-state.safetensors`', 'what a stream remembers before its first chunk'],
    features.storedFrontEnd && ['`front-end.safetensors`', '`window` and `filter_bank` of this model’s own front end'],
    [
      '`card.json`',
      'class ids and names, front end, licence; its `io` and `storage` are about Earshot’s own graph and file, not these',
    ],
    triton && [`\`${id}/\`${waveform ? `, \`${id}-waveform/\`` : ''}`, 'for NVIDIA Triton Inference Server'],
  ];
  const table = rows.filter((row) => row !== false).map(([file, is]) => `| ${file} | ${is} |`);
  return `# ${id}

${title} (revision ${revision}). ${summary}

Licence: ${licence.spdx}. ${licence.note} ${origin}

Made by \`earshot export\`. Standard ONNX: opset ${EXPORT_OPSET}, IR version 8, float32, no custom operators, weights inside.${storageText(card)}

| file | is |
|---|---|
${table.join('\n')}`;
}

/** Whoever compares sizes, or scores with another copy of the model, should know. */
function storageText({ storage }: ModelCard): string {
  if (!storage || storage.precision === 'fp32') return '';
  const { precision, difference } = storage;
  const moved = difference
    ? ` Storing them so moved scores by ${difference.max} at most, on the sample “${difference.clip}”.`
    : '';
  return `
The weights were stored as ${precision}; here they are the float32 values that Earshot computes with.${moved}`;
}

function inputsAndOutputs(card: ModelCard, { waveform }: ExportKind): string {
  const { mels } = card.features;
  const carried = stateShapeOf(card);
  const shape = (count: string): string => `[N, ${carried?.slots}, ${count}, ${carried?.width}]`;
  const rows = [
    `| input | \`mel\` | [N, frames, ${mels}] | log-mel in dB, frame by frame, lowest band first (model.onnx) |`,
    ...(waveform ? ['| input | `samples` | [N, samples] | mono, 16 kHz, -1 to 1 (model-waveform.onnx) |'] : []),
    ...(carried ? [`| input | \`state\` | ${shape('cached')} | \`next_state\` of the call before |`] : []),
    `| output | \`scores\` | [N, ${card.labels.mids.length}] | probabilities, in the order of \`labels\` in card.json |`,
    ...(carried ? [`| output | \`next_state\` | ${shape('kept')} | for the next call |`] : []),
  ];
  return `## Inputs and outputs

All float32. N is the number of streams in a call; they do not touch each other, and need the same number of ${waveform ? 'frames or samples' : 'frames'}.

| | name | shape | is |
|---|---|---|---|
${rows.join('\n')}

${
  card.activation === 'sigmoid'
    ? 'Scores are independent probabilities: many classes sound at once, so they do not sum to 1.'
    : 'Scores come without an activation: this model was made so.'
}`;
}

function stateText(card: ModelCard, { startTokens }: ExportKind): string {
  const { network, features } = card;
  const carried = stateShapeOf(card)!;
  const tokens = cacheCapacity(network, features.mels);
  const silent = Math.min(network.cacheFrames, network.targetFrames);
  return `## The state

Every stream has one, [${carried.slots}, ${tokens}, ${carried.width}] once it is full. Feed \`next_state\` back as \`state\`; that is all.

- **A stream starts from silence**: \`state\` in initial-state.safetensors, [1, ${carried.slots}, ${startTokens}, ${carried.width}]. (A safetensors file is 8 bytes of header
  length, a JSON header, raw little-endian values; these are the last ${4 * carried.slots * startTokens * carried.width} bytes.) It is what one call gives back on an empty state
  [1, ${carried.slots}, 0, ${carried.width}] and ${silent} frames of ${features.floorDb} dB.
- **To start one stream of a batch anew**, overwrite its row with that state; the other rows do not notice.
- **Without priming** (the reference’s evaluation mode) begin with the empty state. The streams of one call then need equally many
  cached tokens${network.pooling === 'token' ? ', and the first call must be a full chunk' : ''}.`;
}

function chunkText(card: ModelCard, { waveform }: ExportKind): string {
  const { frames, strideSamples, windowSamples, half, chunkS, leastFrames, mostFrames } = facts(card);
  const streaming = stateShapeOf(card) !== null;
  return `## Chunks

A chunk is ${frames} frames of 10 ms: ${strideSamples} samples, ${chunkS} s. Frame i is centred on sample 160 i and looks at ${half} samples before and ${half - 1} after it,
so chunk c needs the samples from ${strideSamples} c - ${half} up to, not including, ${strideSamples} c + ${windowSamples - half}: ${windowSamples} of them, ${half} before the chunk and ${windowSamples - half - strideSamples} after it.${
    waveform ? ` That is what \`samples\` is;\nin general 160 (frames - 1) + ${2 * half}.` : ''
  } Where the sound starts and ends, reflect it (sample -k is sample k; \`numpy.pad(x, ${half}, mode="reflect")\`).

- A last chunk may be shorter: at least ${leastFrames} frames; frames beyond a multiple of ${leastFrames} are not looked at.
- At most ${mostFrames} frames are looked at; give longer sound in several calls.${
    streaming ? '' : '\n- This model remembers nothing: chunks may overlap, and come in any order.'
  }
- To do as the original script does, reflect each chunk of ${Math.max(1, Math.round(chunkS))}.0 s at its own two ends instead.`;
}

function melText(card: ModelCard, { waveform }: ExportKind): string {
  const { nFft, hopSamples, mels, fMinHz, fMaxHz, floorDb, rangeDb, storedFrontEnd } = card.features;
  const energy = 10 ** (floorDb / 10);
  return `## The log-mel

${waveform ? 'Made in model-waveform.onnx; for model.onnx make' : 'Make'} it so: ${nFft}-sample frames every ${hopSamples} samples; ${
    storedFrontEnd ? '`window` in front-end.safetensors' : `periodic Hann window`
  }; ${nFft}-point DFT; squared magnitudes of bins 0 to
${nFft / 2}; times ${
    storedFrontEnd
      ? `\`filter_bank\` in front-end.safetensors [${nFft / 2 + 1}, ${mels}]`
      : `${mels} triangles of peak 1 (no area normalisation), their corners equally spaced in HTK mel from ${fMinHz} to ${fMaxHz} Hz`
  }; 10 log10(max(energy, ${energy})); then
raise every value to at least the chunk’s highest value - ${rangeDb} dB. No further normalisation: it is in the graph.`;
}

function exampleText(card: ModelCard, { waveform }: ExportKind): string {
  const { strideSamples, windowSamples, half, leastFrames } = facts(card);
  const { nFft, hopSamples, mels, fMinHz, fMaxHz, floorDb, rangeDb, storedFrontEnd } = card.features;
  const streaming = stateShapeOf(card) !== null;
  const file = waveform ? 'model-waveform.onnx' : 'model.onnx';
  const feed = waveform ? '{"samples": chunk[None]' : '{"mel": log_mel(chunk)[None]';
  const reader = `
def read_safetensors(path):
    data = open(path, "rb").read()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    return {
        name: np.frombuffer(data[8 + size:][slice(*t["data_offsets"])], "<f4").reshape(t["shape"])
        for name, t in header.items() if name != "__metadata__"
    }
`;
  const frontEnd = storedFrontEnd
    ? `front_end = read_safetensors("front-end.safetensors")
window, bank = front_end["window"], front_end["filter_bank"]
`
    : `window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(${nFft}) / ${nFft})
hz = np.arange(${nFft / 2 + 1})[:, None] * 16000 / ${nFft}
mel = lambda f: 2595 * np.log10(1 + f / 700)
corners = 700 * (10 ** (np.linspace(mel(${fMinHz}), mel(${fMaxHz}), ${mels + 2}) / 2595) - 1)
left, peak, right = corners[:-2], corners[1:-1], corners[2:]
bank = np.maximum(0, np.minimum((hz - left) / (peak - left), (right - hz) / (right - peak)))
`;
  const logMel = `
${frontEnd}
def log_mel(samples):
    frames = np.lib.stride_tricks.sliding_window_view(samples, ${nFft})[::${hopSamples}]
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    db = 10 * np.log10(np.maximum(power @ bank, 1e${floorDb / 10}))
    return np.maximum(db, db.max() - ${rangeDb}).astype(np.float32)
`;
  return `## Example: Python

\`x\` is a float32 array of mono samples at 16 kHz.

\`\`\`python
import json
import numpy as np
import onnxruntime as ort
${streaming || (storedFrontEnd && !waveform) ? reader : ''}${waveform ? '' : logMel}
names = json.load(open("card.json"))["labels"]["names"]
session = ort.InferenceSession("${file}")
${streaming ? 'state = read_safetensors("initial-state.safetensors")["state"]\n' : ''}padded = np.pad(x, ${half}, mode="reflect")
for start in range(0, len(x), ${strideSamples}):
    chunk = padded[start:start + ${windowSamples}]
    if len(chunk) < ${(leastFrames - 1) * hopSamples + nFft}:  # less than one patch
        break
    ${streaming ? 'scores, state' : '(scores,)'} = session.run(${streaming ? '["scores", "next_state"]' : '["scores"]'}, ${feed}${streaming ? ', "state": state' : ''}})
    for k in np.argsort(-scores[0])[:3]:
        print(f"{start / 16000:8.2f}  {scores[0, k]:.3f}  {names[k]}")
\`\`\``;
}

function tritonText(card: ModelCard, { waveform }: ExportKind): string {
  const { id } = card;
  const carried = stateShapeOf(card);
  const megabytes = carried ? (4 * carried.slots * carried.tokens * carried.width) / 1e6 : 0;
  const { maxBatch, maxStreams, queueDelayMs, idleS } = TRITON_LIMITS;
  const sequences = `One request is one chunk of one stream: \`${waveform ? `mel\` to ${id}, or \`samples\` to ${id}-waveform` : 'mel`'}, batch size 1, with a \`sequence_id\` of its own for each stream,
\`sequence_start\` on its first request and \`sequence_end\` on its last. Triton keeps \`state\` (${(2 * megabytes).toFixed(1)} MB a stream) and runs up to ${maxBatch} waiting streams
together. The start from silence is inside this folder’s model.onnx: Triton sets \`START\` and the graph then does not look at the state it
was given. To change in config.pbtxt: ${maxStreams} streams at a time in one copy of the model, ${queueDelayMs} ms of waiting for company, and a stream
that sends nothing for ${idleS} s is given up (Triton’s own 1 s is less than a chunk takes to fill).`;
  const independent = `One request is one chunk: \`${waveform ? `mel\` to ${id}, or \`samples\` to ${id}-waveform` : 'mel`'}. Triton runs up to ${maxBatch} waiting requests together and waits ${queueDelayMs} ms for them.`;
  return `## Triton Inference Server

\`tritonserver --model-repository=DIR\`, with this folder as DIR; any Triton whose onnxruntime knows opset ${EXPORT_OPSET}
(1.12, of 2022, or newer). ${carried ? sequences : independent}

Requests of one batch need the same number of frames; Triton sees to that. **This was not run on a Triton server**: none was available where
it was made. The configuration is checked against the graph’s inputs and outputs, and the graph itself with onnxruntime.`;
}
