// What a tool of Node's asks over mysql2: simple, prepared, streamed, in a pool. Prints its answers as JSON.
const { createConnection } = require("mysql2");
const { createPool } = require("mysql2/promise");

const [port, password] = process.argv.slice(2);
const login = { host: "127.0.0.1", port: Number(port), user: "tool", password, database: "SellingPartner", timezone: "Z" };
const columns = "SELECT AmazonOrderId, PurchaseDate, OrderTotalAmount FROM Orders WHERE OrderStatus = ?";

function streamed(connection, text) {
  return new Promise((resolve, reject) => {
    let rows = 0;
    const stream = connection.query(text).stream({ highWaterMark: 100 });
    stream.on("data", () => rows++).on("end", () => resolve(rows)).on("error", reject);
  });
}

async function main() {
  const pool = createPool({ ...login, connectionLimit: 3 });
  const [plain] = await pool.query(columns, ["Shipped"]);
  const [prepared] = await pool.execute(`${columns} AND PurchaseDate > ? LIMIT ?`, ["Shipped", new Date(0), 4]);
  const [[values]] = await pool.execute("SELECT ? AS n, ? AS t, ? AS b, ? AS nothing", [
    2,
    "x' OR 1=1 -- \\ é",
    Buffer.from([0, 255]),
    null,
  ]);
  const [tables] = await pool.execute(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME LIKE ?",
    ["Marketplace", "Order%"],
  );
  const counts = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(async () => (await pool.query(`SELECT COUNT(*) AS n FROM (${columns}) AS x`, ["Shipped"]))[0]),
  );
  const refused = await pool.execute("SELECT nope FROM Orders WHERE OrderStatus = ?", ["x"]).catch((e) => e.errno);
  const other = await pool.getConnection();
  await other.changeUser({ user: "tool", password, database: "Marketplace" });
  const [[{ d }]] = await other.query("SELECT DATABASE() AS d");
  other.release();
  await pool.end();
  const connection = createConnection(login);
  const rows = await streamed(connection, "SELECT range AS n, 'some text' AS t FROM range(50000)");
  connection.end();
  const counted = counts.map(([{ n }]) => n);
  console.log(JSON.stringify({ plain, prepared, values, tables, counted, refused, database: d, rows }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
