/** What the server says of itself. */
export const serverMetadata = {
  name: 'millrace',
  version: '0.1.0',
  extensions: [
    'binary_tensor_data',
    'classification',
    'model_configuration',
    'model_repository',
    'parameters',
    'schedule_policy',
    'statistics',
  ],
}

/** Settings of the trace extension: none is traced through this protocol. */
export const traceSettings: Readonly<Record<string, readonly string[]>> = {
  trace_level: ['OFF'],
  trace_rate: ['1000'],
  trace_count: ['-1'],
  log_frequency: ['0'],
  trace_file: [''],
  trace_mode: ['opentelemetry'],
}

/** Settings of the logging extension. */
export const logSettings = {
  log_file: '',
  log_info: true,
  log_warning: true,
  log_error: true,
  log_verbose_level: 0,
  log_format: 'default',
}

/** Why those settings do not change. */
export const settingsAreTheServers =
  'Logging and tracing are set when the server starts (--log-level, --otlp-endpoint), not through this protocol.'

/** Why no memory is registered. */
export const noSharedMemory =
  'This server shares no memory with its clients. Send tensors in the request: as binary data they are not converted.'
