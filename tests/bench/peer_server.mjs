// node peer_server.mjs duckdb|chdb MODULES DATABASE THREADS
// A database in this process that answers one question a line: {"sql": TEXT} gives {"rows": [[..]..], "count": N,
// "wall": S, "cpu": S} or {"error": TEXT}. CPU is user and system time of all threads of the process during the query,
// so neither the start of node nor the loading of the library counts. MODULES: the folder with node_modules.
import {createRequire} from 'module';
import path from 'path';
import readline from 'readline';

const [, , engine, modules, database, threads] = process.argv;
const load = createRequire(path.join(path.resolve(modules), 'here.js'));
const KEPT_ROWS = 1100;

async function openDuckdb() {
    const {DuckDBInstance} = load('@duckdb/node-api');
    const instance = await DuckDBInstance.create(database, {threads});
    const connection = await instance.connect();
    return async (sql) => (await connection.runAndReadAll(sql)).getRows();
}

// The cache of query conditions would answer a repeated query without looking at the rows again.
async function openChdb() {
    const {Session} = load('chdb');
    const session = new Session(database);
    const settings = ` SETTINGS max_threads=${threads}, use_query_condition_cache=0`;
    return async (sql) => {
        const isQuery = /^\s*select/i.test(sql);
        const text = session.query(isQuery ? sql + settings : sql, 'TSVRaw');
        return text.split('\n').filter((line) => line).map((line) => line.split('\t'));
    };
}

const run = await (engine === 'duckdb' ? openDuckdb() : openChdb());
const plain = (key, value) => typeof value === 'bigint' ? Number(value) : value;

async function answer(sql) {
    const cpuBefore = process.cpuUsage();
    const wallBefore = process.hrtime.bigint();
    const rows = await run(sql);
    const wall = Number(process.hrtime.bigint() - wallBefore) / 1e9;
    const cpu = process.cpuUsage(cpuBefore);
    return {rows: rows.slice(0, KEPT_ROWS), count: rows.length, wall, cpu: (cpu.user + cpu.system) / 1e6};
}

for await (const line of readline.createInterface({input: process.stdin})) {
    let reply;
    try {
        reply = await answer(JSON.parse(line).sql);
    } catch (problem) {
        reply = {error: String(problem).slice(0, 1000)};
    }
    process.stdout.write(JSON.stringify(reply, plain) + '\n');
}
process.exit(0);
