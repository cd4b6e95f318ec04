/** Papa Parse as far as core uses it. Its published types bring Node's with them, and core must not know Node. */
declare module 'papaparse' {
  interface UnparseConfig {
    readonly delimiter?: string;
    readonly newline?: string;
  }
  const Papa: {
    /** Rows to text; a field is quoted only where it has to be. */
    unparse(rows: readonly (readonly (string | number)[])[], config?: UnparseConfig): string;
  };
  export default Papa;
}
