/** Placeholder: being built. */
export function ReviewView(_props: { readonly dark: boolean }) {
  return <h1>Review</h1>;
}
