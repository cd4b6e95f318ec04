/** Writes fixtures/formats: the golden document in every export format. Look at the difference before committing it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { goldenDocument } from '../fixtures/formats/golden-document.ts';
import { FORMATS } from '../src/core/formats/formats.ts';
import { writeSettings } from '../src/core/formats/settings-file.ts';

const folder = fileURLToPath(new URL('../fixtures/formats/golden/', import.meta.url));
mkdirSync(folder, { recursive: true });
const doc = goldenDocument();
for (const { extension, write } of FORMATS) writeFileSync(`${folder}golden.${extension}`, write(doc));
writeFileSync(`${folder}golden.settings.json`, writeSettings(doc));
