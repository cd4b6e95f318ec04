/** The models to choose from, for a `<select>`; in two groups as soon as there are installed ones. */
interface Choice {
  readonly id: string;
  readonly title: string;
  readonly origin: 'embedded' | 'installed';
}

/** `chosen`: shown as it is when it is none of them. */
export function ModelOptions({ models, chosen }: { readonly models: readonly Choice[]; readonly chosen: string }) {
  const isListed = chosen === '' || models.some(({ id }) => id === chosen);
  const installed = models.filter(({ origin }) => origin === 'installed');
  const options = (group: readonly Choice[]) =>
    group.map(({ id, title }) => (
      <option key={id} value={id}>
        {title}
      </option>
    ));
  return (
    <>
      {!isListed && <option value={chosen}>{chosen}</option>}
      {installed.length === 0 ? (
        options(models)
      ) : (
        <>
          <optgroup label="Comes with Earshot">
            {options(models.filter(({ origin }) => origin === 'embedded'))}
          </optgroup>
          <optgroup label="Installed here">{options(installed)}</optgroup>
        </>
      )}
    </>
  );
}
