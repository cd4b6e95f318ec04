/** Class by class: how much of it the training heard, and how well it is told from the rest. Only of models that Earshot trained. */
import type { ModelCard } from '../../../core/model/card.ts';

export function ClassFacts({ card }: { readonly card: ModelCard }) {
  const { classes, labels } = card;
  if (!classes) return null;
  const weak = new Set(classes.weak);
  const heard = labels.names.map((_, index) => index).filter((index) => (classes.recordings[index] ?? 0) > 0);
  heard.sort((a, b) => classes.hours[b]! - classes.hours[a]!);
  return (
    <details className="class-facts">
      <summary>Class by class</summary>
      <p className="quiet">
        The {heard.length} classes that the training’s labels name, by hours heard. Average precision is measured on
        held-out recordings, from 0 to 1; of few recordings it says little.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="class-facts-scroll" aria-label={`Classes of ${card.title}`} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Hours</th>
              <th scope="col">Recordings</th>
              <th scope="col">Average precision</th>
              <th scope="col">Held-out clips</th>
            </tr>
          </thead>
          <tbody>
            {heard.map((index) => (
              <tr key={labels.mids[index]}>
                <th scope="row">
                  {labels.names[index]}
                  {weak.has(index) && <span className="quiet"> weak</span>}
                </th>
                <td>{classes.hours[index]!.toFixed(2)}</td>
                <td>{classes.recordings[index]}</td>
                <td>{classes.averagePrecision[index]?.toFixed(2) ?? 'not measured'}</td>
                <td>{classes.positives[index]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
