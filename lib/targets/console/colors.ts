import { LogLevel } from '../../core/level.js';

/** Shows `text` in a style: the parameters of ANSI's SGR sequence, as `1;31`; an empty one changes nothing. */
export type Paint = (style: string, text: string) => string;

export const noPaint: Paint = (_, text) => text;
export const ansiPaint: Paint = (style, text) =>
  text === '' || style === '' ? text : `\u001b[${style}m${text}\u001b[0m`;

/**
 * Whether to use colours where the user has not said it. As in Node, `FORCE_COLOR` comes first: `0` and `false` turn
 * them off, anything else on. Then any `NO_COLOR` but an empty one (no-color.org) turns them off, as does `TERM=dumb`.
 */
export function wantsColors(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: terminal } = environment;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (no !== undefined && no !== '') return false;
  return isTerminal && terminal !== 'dumb';
}

/**
 * Styles that were looked at on dark and light backgrounds, xterm's included. Blue cannot be read on its black, cyan not
 * on white; faint and bold follow the theme.
 */
export const styles = { quiet: '2', logger: '35', errorType: '1;31' } as const;

/** How a level is shown: five letters and their style. */
export function levelBadge(level: number): { readonly text: string; readonly style: string } {
  if (level >= LogLevel.CRITICAL) return critical;
  if (level >= LogLevel.ERROR) return error;
  if (level >= LogLevel.WARNING) return warning;
  if (level >= LogLevel.INFORMATION) return information;
  return level >= LogLevel.DEBUG ? debug : trace;
}

const critical = { text: 'CRIT ', style: '1;97;41' };
const error = { text: 'ERROR', style: '1;31' };
const warning = { text: 'WARN ', style: '1;33' };
const information = { text: 'INFO ', style: '32' };
const debug = { text: 'DEBUG', style: '' };
const trace = { text: 'TRACE', style: styles.quiet };
