/** `npm run verify:official -- DIR`: the acceptance run of docs/official-models.md. */
import { verifyOfficial } from './official/verify.ts';

process.exitCode = await verifyOfficial(process.argv.slice(2));
