/** The browser's frame around the page (address bar, title bar of an installed app) in the page's own colour. */
export function paintBrowserFrame(): void {
  const paper = getComputedStyle(document.documentElement).getPropertyValue('--paper').trim();
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute('content', paper);
}
