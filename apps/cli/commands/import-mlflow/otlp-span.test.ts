import { describe, expect, it } from 'vitest'
import { otlpSpan } from './otlp-span.ts'
import { splitSpans } from './spans-file.ts'

const traceId = `tr-${'ab'.repeat(16)}`

describe('a span in one of MLflow’s forms', () => {
  it('of 3.x has ids in base64, all digits of its times, and values that are JSON', () => {
    const [text = ''] = splitSpans(
      `{"spans": [{"trace_id": "j5PSBWhgMrgx/9/+QZ3vgg==", "span_id": "9cdAM+dLf7Y=", "parent_span_id": "mTbulKFJYvU=",
        "name": "inner", "start_time_unix_nano": 1795472659480849060, "end_time_unix_nano": 1795472659481103048,
        "status": {"code": "STATUS_CODE_ERROR", "message": "no"}, "events": [],
        "attributes": {"mlflow.spanType": "\\"RETRIEVER\\"", "n": "{\\"a\\": [3, 0.5, true, null]}", "big": "12345678901234567890"}}]}`,
    )
    expect(otlpSpan(text, traceId)).toMatchObject({
      traceId: 'ab'.repeat(16),
      spanId: 'f5c74033e74b7fb6',
      parentSpanId: '9936ee94a14962f5',
      startTimeUnixNano: '1795472659480849060',
      endTimeUnixNano: '1795472659481103048',
      status: { code: 2, message: 'no' },
      attributes: [
        { key: 'mlflow.spanType', value: { stringValue: 'RETRIEVER' } },
        {
          key: 'n',
          value: {
            kvlistValue: {
              values: [
                {
                  key: 'a',
                  value: {
                    arrayValue: { values: [{ intValue: '3' }, { doubleValue: 0.5 }, { boolValue: true }, {}] },
                  },
                },
              ],
            },
          },
        },
        { key: 'big', value: { intValue: '12345678901234567890' } },
      ],
    })
  })
  it('of 2.x has ids below its context and events in microseconds', () => {
    const span = {
      name: 'outer',
      context: { span_id: '0x87045aede977a0fa', trace_id: '0xf9a3855789608cff7b094f0d07273907' },
      parent_id: null,
      start_time: '1795475470441009358',
      end_time: null,
      status_code: 'OK',
      attributes: { 'mlflow.spanInputs': 'no JSON' },
      events: [{ name: 'exception', timestamp: 1_795_475_470_441_009, attributes: {} }],
    }
    const made = otlpSpan(JSON.stringify(span), traceId)
    expect(made).toMatchObject({ spanId: '87045aede977a0fa', status: { code: 1 }, endTimeUnixNano: '0' })
    expect(made).not.toHaveProperty('parentSpanId')
    expect(made).toMatchObject({
      attributes: [{ key: 'mlflow.spanInputs', value: { stringValue: 'no JSON' } }],
      events: [{ timeUnixNano: '1795475470441009000' }],
    })
  })
})
