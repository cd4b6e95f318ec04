/** How long the page's main thread was held, from a trace of the browser. */
import type { Page } from '@playwright/test';

export interface LongestTask {
  /** Processor time of the longest task. Time on the wall counts what other programs did meanwhile. */
  readonly cpuMs: number;
  /** For comparison: the longest by the clock. */
  readonly wallMs: number;
  readonly tasks: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Traces the page while `work` goes on. */
export async function longestTask(page: Page, work: () => Promise<void>): Promise<LongestTask> {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page belongs to no browser');
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] });
  await work();
  const trace: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString('utf8'));
  const { traceEvents } = trace;
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => /RunTask$/.test(name) && ph === 'X' && mains.has(`${pid} ${tid}`),
  );
  const longest = (time: (event: TraceEvent) => number | undefined): number =>
    tasks.reduce((most, task) => Math.max(most, (time(task) ?? 0) / 1000), 0);
  return { cpuMs: longest(({ tdur }) => tdur), wallMs: longest(({ dur }) => dur), tasks: tasks.length };
}
