import type { LogData } from './record.js';

/** What we use of the parts of `@opentelemetry/api` that are registered: its `ContextManager`, `Context` and `Span`. */
interface OpenTelemetry {
  readonly context?: { active(): { getValue(key: symbol): unknown } };
}

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags?: number;
}

/**
 * Where all copies of the API's versions 1 keep what is registered, and its contexts their span (global-utils.ts and
 * context-utils.ts of opentelemetry-js): they are what these copies agree on, so they stay. An import would give us one
 * more copy, which sees nothing of an application's older one.
 */
const apiKey = Symbol.for('opentelemetry.js.api.1');
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');

/** Found once: the API fills and empties this object, and never replaces it. */
let api: OpenTelemetry | undefined;

/**
 * `trace_id`, `span_id` and `trace_flags` of OpenTelemetry's active span, in hexadecimal ("Trace Context in non-OTLP Log
 * Formats"); undefined without one. Never throws.
 */
export function activeSpan(): LogData | undefined {
  if (!isTraced() || api?.context === undefined) return undefined;
  try {
    const span = api.context.active().getValue(spanKey) as { spanContext(): SpanContext } | undefined;
    if (span === undefined) return undefined;
    const { traceId, spanId, traceFlags = 0 } = span.spanContext();
    if (!isId(traceId, 32) || !isId(spanId, 16)) return undefined;
    return { trace_id: traceId, span_id: spanId, trace_flags: (traceFlags & 0xff).toString(16).padStart(2, '0') };
  } catch {
    return undefined; // a span that cannot tell its ids has none
  }
}

/** Whether there is an OpenTelemetry that could have an active span. */
export function isTraced(): boolean {
  api ??= (globalThis as { [apiKey]?: OpenTelemetry })[apiKey];
  return api !== undefined;
}

/** Whether it is an id of so many hexadecimal digits, and not the invalid one, of zeros. */
function isId(id: unknown, digits: number): boolean {
  return typeof id === 'string' && id.length === digits && /^[\da-f]+$/i.test(id) && !/^0+$/.test(id);
}
