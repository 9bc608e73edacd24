"""Writes the files beside it, which the tests read: pip install pyarrow duckdb; python write-files.py."""
import duckdb, pyarrow as pa, pyarrow.parquet as pq, datetime as dt, decimal, os, uuid
out=os.path.dirname(os.path.abspath(__file__))
D=decimal.Decimal
u=uuid.UUID("12345678-1234-5678-1234-567812345678")
t=pa.table({
 "id": pa.array([1,2,3],pa.int32()),
 "small": pa.array([-128,127,None],pa.int8()),
 "big": pa.array([9007199254740993,-9223372036854775808,None],pa.int64()),
 "unsigned": pa.array([18446744073709551615,0,None],pa.uint64()),
 "unsigned32": pa.array([4294967295,0,None],pa.uint32()),
 "price": pa.array([D("12.50"),D("-0.01"),None],pa.decimal128(9,2)),
 "exact": pa.array([D("1234567890123456789012345678.1234567890"),D("-0.0000000001"),None],pa.decimal128(38,10)),
 "huge": pa.array([D("1"*70),D("-1"),None],pa.decimal256(76,0)),
 "ratio": pa.array([0.1,float("nan"),float("-inf")],pa.float64()),
 "single": pa.array([0.1,1.5,None],pa.float32()),
 "yes": pa.array([True,False,None]),
 "name": pa.array(["Ada é\t\\N\n","",None]),
 "bytes": pa.array([b"\x00\xff\\x",b"",None],pa.binary()),
 "day": pa.array([dt.date(2026,1,2),dt.date(1,1,1),None],pa.date32()),
 "at_ms": pa.array([dt.datetime(2026,1,2,3,4,5,678000),dt.datetime(1969,12,31,23,59,59,999000),None],pa.timestamp("ms")),
 "at_us": pa.array([dt.datetime(2026,1,2,3,4,5,678901),dt.datetime(1,1,1),None],pa.timestamp("us")),
 "at_utc": pa.array([dt.datetime(2026,1,2,3,4,5,678901),dt.datetime(1970,1,1),None],pa.timestamp("us",tz="UTC")),
 "at_ns": pa.array([1767323045678901000,0,None],pa.timestamp("ns")),
 "clock": pa.array([dt.time(23,59,59,999999),dt.time(0,0,0),None],pa.time64("us")),
 "tags": pa.array([["a",None,"é"],[],None],pa.list_(pa.string())),
 "lines": pa.array([[{"sku":"x","price":D("1.10"),"n":9007199254740993}],[],None],pa.list_(pa.struct([("sku",pa.string()),("price",pa.decimal128(9,2)),("n",pa.int64())]))),
 "address": pa.array([{"city":"Zürich","since":dt.date(2020,2,29),"geo":{"lat":47.5}},{"city":None,"since":None,"geo":None},None],pa.struct([("city",pa.string()),("since",pa.date32()),("geo",pa.struct([("lat",pa.float64())]))])),
 "attrs": pa.array([[("k",1),("l",None)],[],None],pa.map_(pa.string(),pa.int64())),
 "nothing": pa.nulls(3),
})
pq.write_table(t,f"{out}/types.parquet",compression="zstd")
pq.write_table(pa.table({"at":pa.array([1767323045678901000,-1000,None],pa.timestamp("ns")),"id":[1,2,3]}),f"{out}/int96.parquet",use_deprecated_int96_timestamps=True,compression="gzip")
pq.write_table(pa.table({"at":pa.array([1767323045678901234],pa.timestamp("ns"))}),f"{out}/nanoseconds.parquet",compression="none")
n=10000
rows=pa.table({"id":pa.array(range(n),pa.int64()),"text":[f"row {i}" for i in range(n)],"even":[i%2==0 for i in range(n)]})
pq.write_table(rows,f"{out}/groups.parquet",row_group_size=1500,compression="snappy",data_page_size=2048)
pq.write_table(rows.slice(0,6000),f"{out}/groups-begin.parquet",row_group_size=1500,compression="snappy",data_page_size=2048)
pq.write_table(rows.slice(0,3000),f"{out}/v2.parquet",row_group_size=3000,compression="lz4",data_page_version="2.0",use_dictionary=False,column_encoding={"id":"DELTA_BINARY_PACKED","text":"DELTA_BYTE_ARRAY","even":"PLAIN"})
pq.write_table(rows.slice(0,100),f"{out}/brotli.parquet",compression="brotli")
pq.write_table(rows.slice(0,0),f"{out}/empty.parquet")
for version in ("1.0","2.0"):
 pq.write_table(pa.table({"id":[0,1,2],"n":pa.array([None]*3,pa.string())}),f"{out}/nulls-lz4-{version[0]}.parquet",compression="lz4",data_page_version=version)
for part,first in ((1,1),(2,4)):
 pq.write_table(pa.table({"id":range(first,first+3),"opens":[dt.time(9,first),dt.time(23,59,59,999999),None]}),f"{out}/times-{part}.parquet",compression="none")
# Arrow does not write intervals.
for part,first in ((1,1),(2,3)):
 duckdb.sql(f"copy (select id::bigint id, case when id%2=1 then interval (id) month + interval 2 day + interval 3500 millisecond end every from range({first},{first+2}) t(id)) to '{out}/spans-{part}.parquet' (format parquet, compression uncompressed)")
