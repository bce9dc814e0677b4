'use strict'
// The driver pg of Node on the server that PGHOST and PGPORT name. See ../README.md.
const { Client, Pool, types } = require('pg')
const Cursor = require('pg-cursor')
const QueryStream = require('pg-query-stream')
const { from: copyFrom, to: copyTo } = require('pg-copy-streams')
const { pipeline } = require('node:stream/promises')
const { Readable, Writable } = require('node:stream')

const settings = { user: process.env.PGUSER || 'postgres', options: '-c search_path=client_node -c timezone=UTC' }
const distribute = process.env.TANGELO_DISTRIBUTE === '1'

const show = value => JSON.stringify(value, (key, v) => (v && v.type === 'Buffer' ? 'bytes ' + Buffer.from(v.data).toString('hex') : v))
const say = (what, value) => console.log(value === undefined ? what : `${what}: ${show(value)}`)
const failure = e => ({ code: e.code, message: e.message, detail: e.detail, constraint: e.constraint, column: e.column, table: e.table })
const fails = promise => promise.then(r => ({ rows: r && r.rows }), failure)
const seen = r => ({ command: r.command, rowCount: r.rowCount, rows: r.rows, types: r.fields.map(f => [f.name, f.dataTypeID, f.dataTypeModifier]) })

async function table (client, name, columns, by) {
  await client.query(`CREATE TABLE ${name} (${columns})`)
  if (distribute) await client.query('SELECT create_distributed_table($1, $2)', [name, by])
}

async function valuesOfManyTypes (client) {
  await table(client, 'kinds', `id bigint PRIMARY KEY, i2 int2, i4 int4, n numeric, f8 float8, b boolean, s text, by bytea, d date, ts timestamp, tz timestamptz,
    iv interval, u uuid, j json, jb jsonb, ints int[], texts text[], nested int[][], ip inet, p point, r int4range`, 'id')
  const row = ['9007199254740993', 2, 3, '12345678901234567890.123456789', 1.5, true, 'é ☃ \\ \' "', Buffer.from([0, 1, 255, 92]), '2024-02-29', new Date(Date.UTC(2024, 1, 29, 12)),
    new Date(Date.UTC(2024, 1, 29, 12)), '1 day 02:03:04.5', '00000000-0000-0000-0000-00000000002a', { a: [1, null] }, JSON.stringify([1, 'x']), [1, null, 3], ['a', 'b,"c', null, ''],
    [[1, 2], [3, 4]], '10.0.0.0/8', '(1,2)', '[1,5)']
  say('inserted', seen(await client.query(`INSERT INTO kinds VALUES (${row.map((_, i) => '$' + (i + 1))}) RETURNING *`, row)))
  await client.query('INSERT INTO kinds (id) VALUES ($1)', [2])
  say('read', seen(await client.query('SELECT * FROM kinds ORDER BY id')))
  say('as arrays', (await client.query({ text: 'SELECT * FROM kinds WHERE id = $1', values: ['9007199254740993'], rowMode: 'array' })).rows)
  say('in binary', (await client.query({ text: 'SELECT i2, i4, f8, b, s, id, by FROM kinds WHERE id = $1', values: [row[0]], binary: true })).rows)
  say('aggregates', seen(await client.query('SELECT count(*), sum(id), avg(i4), max(tz), bool_and(b), array_agg(i4 ORDER BY id), jsonb_agg(jb ORDER BY id) FROM kinds')))
  types.setTypeParser(20, BigInt)
  say('with a parser of its own', String((await client.query('SELECT id FROM kinds WHERE i4 = 3')).rows[0].id))
  types.setTypeParser(20, v => v)
}

async function statements (client) {
  await table(client, 'words', 'id int PRIMARY KEY, w text NOT NULL CHECK (length(w) < 9)', 'id')
  for (let i = 0; i < 20; i++) await client.query({ name: 'put', text: 'INSERT INTO words VALUES ($1, $2)', values: [i, 'w' + i] })
  const got = []
  for (let i = 0; i < 20; i++) got.push((await client.query({ name: 'get', text: 'SELECT w FROM words WHERE id = $1', values: [i] })).rows[0].w)
  say('named statements', got)
  say('a name with another text', await fails(client.query({ name: 'get', text: 'SELECT 1', values: [] })))
  say('several at once', (await client.query('SELECT 1 AS a; UPDATE words SET w = \'x\' WHERE id IN (1, 2); SELECT w FROM words WHERE id < 3 ORDER BY id')).map(r => [r.command, r.rowCount, r.rows]))
  say('nothing', seen(await client.query('')))
  await client.query('ALTER TABLE words ADD COLUMN more int DEFAULT 7')
  say('named, after another column', (await client.query({ name: 'get', text: 'SELECT w FROM words WHERE id = $1', values: [3] })).rows)
  await client.query({ name: 'star', text: 'SELECT * FROM words WHERE id = $1', values: [3] })
  await client.query('ALTER TABLE words DROP COLUMN more')
  say('a star, after a column less', await fails(client.query({ name: 'star', text: 'SELECT * FROM words WHERE id = $1', values: [3] })))
  for (const [text, values] of [['INSERT INTO words VALUES ($1, $2)', [3, 'again']], ['INSERT INTO words VALUES ($1, $2)', [30, null]], ['INSERT INTO words VALUES ($1, $2)', [30, 'much too long']],
    ['INSERT INTO words VALUES ($1, $2)', ['x', 'y']], ['SELECT * FROM nothing', []], ['SELEC 1', []], ['SELECT $1::int', []], ['SELECT w / 2 FROM words', []], ['SELECT 1 / (id - id) FROM words WHERE id = $1', [3]]])
    say(text, await fails(client.query(text, values)))
  say('and goes on', (await client.query('SELECT count(*) FROM words')).rows)
}

// A driver's queue: each is sent when the one before has its answer; in pipeline mode all are sent at once.
async function pipelines () {
  for (const pipelined of [false, true]) {
    const client = new Client({ ...settings, pipeline: pipelined })
    await client.connect()
    const queries = []
    for (let i = 0; i < 10; i++) {
      queries.push(fails(client.query('UPDATE words SET w = $2 WHERE id = $1 RETURNING w', [i, 'p' + i])))
      queries.push(fails(client.query({ name: 'pipelined', text: 'SELECT w FROM words WHERE id = $1', values: [i] })))
      if (i === 4) queries.push(fails(client.query('SELECT 1 / 0')), fails(client.query('INSERT INTO words VALUES ($1, $2)', [1, 'x'])))
    }
    say('queries at once', await Promise.all(queries))
    await client.end()
  }
}

async function transactions (pool) {
  await table(pool, 'accounts', 'id int PRIMARY KEY, balance numeric NOT NULL CHECK (balance >= 0)', 'id')
  await pool.query('INSERT INTO accounts SELECT i, 100 FROM generate_series(1, 10) i')
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query('UPDATE accounts SET balance = balance - 30 WHERE id = 1')
  say('an error', await fails(client.query('UPDATE accounts SET balance = balance - 300 WHERE id = 2')))
  say('after it', await fails(client.query('SELECT 1')))
  say('commit', (await client.query('COMMIT')).command)
  await client.query('BEGIN')
  await client.query('UPDATE accounts SET balance = balance - 30 WHERE id = 1')
  await client.query('SAVEPOINT s')
  await fails(client.query('SELECT 1 / 0'))
  await client.query('ROLLBACK TO SAVEPOINT s')
  await client.query('UPDATE accounts SET balance = balance + 30 WHERE id = 2')
  say('commit', (await client.query('COMMIT')).command)
  client.release()
  say('balances', (await pool.query('SELECT id, balance FROM accounts WHERE balance <> 100 ORDER BY id')).rows)
}

async function manyAtOnce (pool) {
  const got = await Promise.all(Array.from({ length: 200 }, (_, i) =>
    i % 4 === 0
      ? pool.query('UPDATE accounts SET balance = balance + 1 WHERE id = $1 RETURNING id', [i % 10 + 1]).then(r => r.rows[0].id)
      : pool.query('SELECT $1::int AS n, count(*) FROM accounts', [i]).then(r => [r.rows[0].n === i, r.rows[0].count])))
  say('200 queries of 10 clients', got)
  say('sum', (await pool.query('SELECT sum(balance) FROM accounts')).rows)
  // What each has is its own, whoever works between.
  const clients = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
  await Promise.all(clients.map((c, i) => c.query(`SET app.who = 'client ${i}'`)))
  const names = []
  for (let round = 0; round < 3; round++) {
    for (const c of clients) names.push((await c.query({ name: 'who', text: 'SELECT current_setting($1) AS who, sum(balance) FROM accounts WHERE id < 4', values: ['app.who'] })).rows[0].who)
  }
  say('who', names)
  await Promise.all(clients.map(c => c.query('RESET app.who')))
  clients.forEach(c => c.release())
}

async function cursors (client) {
  await table(client, 'numbers', 'n int PRIMARY KEY, s text', 'n')
  await client.query("INSERT INTO numbers SELECT i, repeat('x', i % 50) FROM generate_series(1, 1000) i")
  await client.query('BEGIN')
  const cursor = client.query(new Cursor('SELECT n FROM numbers WHERE n > $1 ORDER BY n', [3]))
  const sizes = []
  let sum = 0
  for (const size of [1, 10, 400, 1000, 5]) {
    const rows = await cursor.read(size)
    sizes.push(rows.length)
    sum += rows.reduce((s, r) => s + r.n, 0)
  }
  say('a cursor', { sizes, sum })
  await cursor.close()
  const half = client.query(new Cursor('SELECT n FROM numbers ORDER BY n'))
  await half.read(5)
  await half.close()
  await client.query('COMMIT')
  const outside = client.query(new Cursor('SELECT n FROM numbers ORDER BY n'))
  say('without a transaction', [(await outside.read(3)).map(r => r.n), (await outside.read(3)).map(r => r.n)])
  await outside.close()
  const bad = client.query(new Cursor('SELECT 10 / (n - 5) AS q FROM numbers WHERE n < 9 ORDER BY n'))
  say('an error in a cursor', await bad.read(100).then(rows => rows.length, failure))
  let count = 0
  let total = 0
  for await (const row of client.query(new QueryStream('SELECT n FROM numbers', [], { batchSize: 37 }))) { count++; total += row.n }
  say('a stream', { count, total })
  let few = 0
  for await (const row of client.query(new QueryStream('SELECT n FROM numbers ORDER BY n', [], { batchSize: 10 }))) { few += row.n; if (row.n === 25) break }
  say('a stream left early', few)
  say('and goes on', (await client.query('SELECT count(*) FROM numbers')).rows)
}

async function copies (client) {
  await table(client, 'copied', 'id int PRIMARY KEY, v text', 'id')
  function * lines (from, to) { for (let i = from; i <= to; i++) yield `${i}\tvalue ${i}\n` }
  const put = client.query(copyFrom('COPY copied FROM STDIN'))
  await pipeline(Readable.from(lines(1, 20000)), put)
  say('copied in', put.rowCount)
  const chunks = []
  const get = client.query(copyTo('COPY (SELECT * FROM copied WHERE id % 1000 = 0 ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)'))
  await pipeline(get, new Writable({ write (chunk, encoding, done) { chunks.push(chunk); done() } }))
  say('copied out', [get.rowCount, Buffer.concat(chunks).toString()])
  let bytes = 0
  await pipeline(client.query(copyTo('COPY copied TO STDOUT (FORMAT binary)')), new Writable({ write (chunk, encoding, done) { bytes += chunk.length; done() } }))
  say('bytes in binary', bytes)
  say('a row that is there', await pipeline(Readable.from(lines(20000, 20005)), client.query(copyFrom('COPY copied FROM STDIN'))).then(() => 'done', failure))
  say('a row that is none', await pipeline(Readable.from(['x\ty\n']), client.query(copyFrom('COPY copied FROM STDIN'))).then(() => 'done', failure))
  const given = client.query(copyFrom('COPY copied FROM STDIN'))
  say('given up', await pipeline(Readable.from((function * () { yield '30000\tx\n'; throw new Error('given up') })()), given).then(() => 'done', e => e.message))
  say('and goes on', (await client.query('SELECT count(*) FROM copied')).rows)
}

async function interruptions (pool) {
  const client = await pool.connect()
  await client.query("SET statement_timeout = '300ms'")
  say('statement_timeout', await fails(client.query('SELECT pg_sleep(20)')))
  say('over shards', await fails(client.query('SELECT count(*) FROM numbers WHERE pg_sleep(0.05) IS NOT NULL')))
  await client.query('RESET statement_timeout')
  say('reset', (await client.query('SHOW statement_timeout')).rows)
  client.release()
  const listener = new Client(settings)
  await listener.connect()
  const heard = new Promise(resolve => listener.on('notification', resolve))
  await listener.query('LISTEN client_node')
  await pool.query("SELECT pg_notify('client_node', 'here')")
  const message = await heard
  say('notified', [message.channel, message.payload])
  const notices = []
  listener.on('notice', n => notices.push([n.severity, n.code, n.message]))
  await listener.query("DO $$ BEGIN RAISE WARNING 'a % warning', 'small'; END $$")
  say('notices', notices)
  await listener.end()
}

async function main () {
  const client = new Client({ ...settings, options: settings.options + ' -c client_min_messages=warning' })
  await client.connect()
  await client.query('DROP SCHEMA IF EXISTS client_node CASCADE')
  await client.query('CREATE SCHEMA client_node')
  const pool = new Pool({ ...settings, max: 10 })
  for (const [name, part] of Object.entries({ valuesOfManyTypes, statements, pipelines, transactions, manyAtOnce, cursors, copies, interruptions })) {
    say(`== ${name}`)
    await part(['transactions', 'manyAtOnce', 'interruptions'].includes(name) ? pool : client)
  }
  await pool.end()
  await client.query('DROP SCHEMA client_node CASCADE')
  await client.end()
}

main().catch(e => { console.log(e); process.exit(1) })
