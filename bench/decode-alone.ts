/** Decodes a file and throws the sound away: what the command line's figures are compared with. `node --import tsx bench/decode-alone.ts FILE`. */
import { decodeFile } from '../cli/decode.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('name a file');
let samples = 0;
for await (const block of decodeFile(path)) samples += block.samples.length;
console.log(samples);
