/** The command line: `npm run --silent earshot -- COMMAND …`. */
import { toWireError } from '../src/core/errors.ts';
import { scoreClip } from './clip.ts';
import { EXPORT_USAGE, runExport } from './export.ts';
import { IMPORT_USAGE, runImport } from './import.ts';
import { makeSelfCheck } from './model-folder.ts';
import { runTag, TAG_USAGE } from './tag.ts';

const USAGE = `earshot listens, and says what it hears.

${TAG_USAGE}

${IMPORT_USAGE}

${EXPORT_USAGE}`;

const commands: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  tag: runTag,
  import: (args) => runImport(args, { selfCheck: makeSelfCheck, clipScores: scoreClip }),
  export: runExport,
};

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || args.includes('--help')) {
    console.log(USAGE);
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    console.error(`earshot: there is no command "${name}"; there are ${Object.keys(commands).join(', ')}.`);
    return 2;
  }
  try {
    return await command(args);
  } catch (error) {
    const { code, message, detail } = toWireError(error);
    // parseArgs reports an unknown option as a TypeError that says which.
    const misuse = code === 'usage' || error instanceof TypeError;
    console.error(`earshot: ${message}${detail ? ` (${detail})` : ''}`);
    return misuse ? 2 : 1;
  }
}

// Whoever read us (`| head`) has enough: no reason to complain.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));
