/** Placeholder: being built. */
export function CompareView(_props: { readonly dark: boolean }) {
  return <h1>Compare</h1>;
}
