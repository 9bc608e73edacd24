import { mayResume } from "./pagination-options.ts";
import type { Partition, PartitionBatch } from "./partition.ts";
import type { PartitionState } from "./partition-state.ts";
import { readPages } from "./read-pages.ts";
import { unlessStale } from "./read-unordered.ts";
import type { ShapedRecords } from "./shape-records.ts";

/** Everything there is, every time. A read that was stopped goes on at its page where pages allow that. */
export async function* readWhole(partition: Partition): AsyncGenerator<PartitionBatch> {
  const open = partition.state?.open;
  if (open !== undefined) {
    const resumed = yield* unlessStale(partition, readFrom(partition, open));
    if (resumed) return;
  }
  yield* readFrom(partition, undefined);
}

async function* readFrom(partition: Partition, open: PartitionState["open"]): AsyncGenerator<PartitionBatch> {
  const { source, stream, values, shaper, onIgnored, state } = partition;
  const pages = readPages(source, { stream, values, from: open?.turn }, onIgnored);
  const resumable = stream.options.parent === undefined && mayResume(stream.options.paginate);
  try {
    for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
      const { next: turn, records, bytes } = page;
      if (turn !== undefined) pages.start();
      const into: ShapedRecords = { rows: [], rejects: [] };
      for (let index = 0; index < records.length; index++) shaper.shape(records[index], index, page, into);
      const finished = resumable || state !== undefined ? { state: {} } : {};
      yield { ...into, bytes, ...(turn === undefined ? finished : resumable ? { state: { open: { turn } } } : {}) };
    }
  } finally {
    await pages.close();
  }
}
