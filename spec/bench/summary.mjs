/* The few lines of README.md: ours beside others, from the medians of the suites that have been run. */
import { markdown, number } from './table.mjs';

const lines = [
  ['Fluentd, acknowledged', 'fluentd', 'logflume Fluentd, ack', '@fluent-org PackedForward, ack'],
  ['', 'fluentd', 'logflume Fluentd, ack', '@fluent-org Forward, ack'],
  ['', 'fluentd', 'logflume Fluentd, ack', 'fluent-logger PackedForward, ack'],
  ['Logstash, TCP', 'logstash', 'logflume Logstash TCP', 'winston-logstash'],
  ['', 'logstash', 'logflume Logstash TCP', 'pino-socket'],
  ['Logstash, Beats', 'logstash', 'logflume Logstash Beats', 'pino-socket'],
  ['JSON to a pipe', 'console-pipe', 'logflume console', 'pino sync'],
  ['', 'console-pipe', 'logflume console', 'winston']
];

/** How many times as many records a second, and what part of the CPU time for each. */
export function summaryTable(suites) {
  const rows = lines.flatMap(([what, suite, ours, other]) => {
    const [our, their] = [suites[suite]?.rows[ours], suites[suite]?.rows[other]];
    if (our === undefined || their === undefined) return [];
    const rate = number(our.perSecond / 1000);
    return [
      [what, rate, other, number(our.perSecond / their.perSecond, 1), `${number((our.cpu / their.cpu) * 100)} %`]
    ];
  });
  return markdown(['', '1000 records/s', 'compared with', 'times as many', 'of its CPU time'], rows);
}
