/** Which dropped files are worth opening: by what the system says of them, or by their ending. Opening them decides. */

/** Endings of audio and video that systems often have no type for. */
const ENDINGS = new Set(
  'wav wave bwf w64 rf64 mp3 mp2 m4a m4b aac adts flac ogg oga opus weba webm mka mkv mp4 m4v mov qt 3gp 3g2 ts m2ts mts aif aiff caf amr wma avi'.split(
    ' ',
  ),
);

export const endingOf = (name: string): string => /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';

export const looksLikeMedia = (file: { readonly name: string; readonly type: string }): boolean =>
  /^(audio|video)\//.test(file.type) || file.type === 'application/ogg' || ENDINGS.has(endingOf(file.name));
