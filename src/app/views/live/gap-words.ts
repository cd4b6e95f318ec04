export { gapWords } from '../../timeline/gap-words.ts';
