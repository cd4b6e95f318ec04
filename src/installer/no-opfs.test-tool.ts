/** Imported before a worker's own script: the private file system refuses, as in a private window of Firefox. */
navigator.storage.getDirectory = () => Promise.reject(new DOMException('Refused.', 'SecurityError'));
