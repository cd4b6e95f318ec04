/** One document as something to save: a file alone, or a zip of several. Main thread, in short pieces. */
import { EXPORT_FORMATS, type ExportDocument, type ExportFormat } from '../../core/formats/export-document.ts';
import { modelTag, rulesTag, stemOf } from '../../core/formats/file-names.ts';
import { exportFileName, exportFiles, formatOf } from '../../core/formats/formats.ts';
import { Breather } from './breather.ts';
import { textBlob } from './text-blob.ts';
import { ZipWriter } from './zip-writer.ts';

export interface Saved {
  readonly name: string;
  readonly blob: Blob;
}

/** `settings`: a settings file beside it, which makes it a zip of two. */
export async function makeExport(doc: ExportDocument, format: ExportFormat, settings: boolean): Promise<Saved> {
  const name = exportFileName(doc, format);
  const { mimeType, parts } = formatOf(format);
  if (!settings) return { name, blob: await textBlob(parts(doc), mimeType, new Breather()) };
  return { name: `${name}.zip`, blob: await zipOf(doc, [format]) };
}

/** All formats and the settings. */
export async function makeEverything(doc: ExportDocument): Promise<Saved> {
  const name = `${stemOf(doc.source.fileName)}.${modelTag(doc)}.${rulesTag(doc.rules)}.zip`;
  return { name, blob: await zipOf(doc, EXPORT_FORMATS) };
}

async function zipOf(doc: ExportDocument, formats: readonly ExportFormat[]): Promise<Blob> {
  const zip = new ZipWriter(new Breather(), doc.madeAt);
  for (const { name, parts } of exportFiles(doc, formats, { settings: true })) await zip.add(name, parts());
  return zip.finish();
}
