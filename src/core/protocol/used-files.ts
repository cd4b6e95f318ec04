/** The channel on which an engine's thread tells pages the addresses it has fetched, as a list of texts. */
export const USED_FILES_CHANNEL = 'earshot-used-files';
