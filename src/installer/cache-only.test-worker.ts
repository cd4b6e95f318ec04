/** The installer's worker in a browser without a private file system. */
import './no-opfs.test-tool.ts';
import './install.worker.ts';
