"""Batch prediction as one writes it in Python: pyarrow reads and writes Parquet, onnxruntime predicts. Prints seconds."""

import sys
import time

import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq

model, source, target, batch_rows = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
begun = time.perf_counter()
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
names = [each.name for each in session.get_inputs()]
output = session.get_outputs()[0].name
schema = pa.schema([("id", pa.int64()), (output, pa.float32())])
with pq.ParquetWriter(target, schema) as writer:
    for batch in pq.ParquetFile(source).iter_batches(batch_size=batch_rows, columns=["id", *names]):
        feeds = {name: batch.column(name).to_numpy().reshape(-1, 1) for name in names}
        (answer,) = session.run([output], feeds)
        writer.write_batch(pa.record_batch([batch.column("id"), pa.array(answer[:, 0])], schema=schema))
print(time.perf_counter() - begun)
