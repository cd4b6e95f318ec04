/** On it every tab hears that what is installed, or partly downloaded, is another than before. The messages say no more. */
export const MODELS_CHANNEL = 'earshot-installed-models';
