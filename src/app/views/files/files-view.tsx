/** Placeholder: being built. */
export function FilesView(_props: { readonly dark: boolean }) {
  return <h1>Files</h1>;
}
