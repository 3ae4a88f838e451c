// node modern_server.mjs PORT MODULES DATABASE
// A recent ClickHouse for tests: chDB, which is ClickHouse as a library of node, behind the part of ClickHouse's HTTP
// interface that tocsin speaks: SQL in `query` and the body (which for INSERT .. FORMAT is data), settings as
// parameters, the exception of the server as text with status 500 and its code in X-ClickHouse-Exception-Code. One
// query at a time. MODULES: the folder with node_modules. Loopback only.
import fs from 'fs';
import http from 'http';
import {createRequire} from 'module';
import path from 'path';

const [, , port, modules, folder] = process.argv;
const load = createRequire(path.join(path.resolve(modules), 'here.js'));
const {Session} = load('chdb');
fs.mkdirSync(folder, {recursive: true});
const session = new Session(path.join(folder, 'session'));
const NOT_SETTINGS = new Set(['query', 'query_id', 'database', 'user', 'password', 'default_format', 'session_id',
    'replace_running_query', 'wait_end_of_query', 'buffer_size', 'compress', 'decompress', 'send_progress_in_http_headers',
    'http_headers_progress_interval_ms', 'stacktrace', 'role']);
let counter = 0;
let last = Promise.resolve();

// One thing after the other: a session of chDB has one database and one set of settings.
function inTurn(work) {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
}

const quote = (text) => "'" + text.replace(/\\/g, '\\\\').replace(/'/g, "\\'") + "'";
const quoteName = (text) => '`' + text.replace(/\\/g, '\\\\').replace(/`/g, '\\`') + '`';

function settingsOf(parameters) {
    const found = [];
    for (const [name, value] of parameters) {
        if (!NOT_SETTINGS.has(name) && /^\w+$/.test(name)) {
            found.push(`${name}=${/^-?\d+$/.test(value) ? value : quote(value)}`);
        }
    }
    return found;
}

// The text of an INSERT and the data behind its line end, if all of it came as the body.
function splitInsert(sql, body) {
    const head = body.subarray(0, 1 << 20).toString('latin1');
    const insert = sql === '' && /^\s*insert\b[^]*?\bformat\s+\w+[ \t]*\n/i.exec(head);
    return insert ? [body.subarray(0, insert[0].length).toString('utf8').trim(), body.subarray(insert[0].length)]
        : [sql, body];
}

async function run(given, sent, parameters) {
    const [sql, body] = splitInsert(given, sent);
    await session.queryAsync(`USE ${quoteName(parameters.get('database') || 'default')}`);
    const settings = settingsOf(parameters);
    const insert = /^\s*insert\b[^]*\bformat\s+(\w+)\s*$/i.exec(sql);
    if (insert) {
        const file = path.resolve(folder, `insert-${++counter}`);
        fs.writeFileSync(file, body);
        try {
            const target = sql.slice(0, sql.search(/\bformat\s+\w+\s*$/i));
            const more = settings.length > 0 ? ` SETTINGS ${settings.join(', ')}` : '';
            await session.queryAsync(`${target} FROM INFILE ${quote(file)} COMPRESSION 'none'${more} FORMAT ${insert[1]}`);
        } finally {
            fs.unlinkSync(file);
        }
        return Buffer.alloc(0);
    }
    let text = (sql + (body.length > 0 ? '\n' + body.toString('utf8') : '')).replace(/;\s*$/, '');
    const format = /\bformat\s+(\w+)\s*$/i.exec(text);
    text = format ? text.slice(0, format.index) : text;
    if (settings.length > 0 && /^\s*(select|with)\b/i.test(text)) {
        text += `\nSETTINGS ${settings.join(', ')}`;
    }
    const result = await session.queryAsync(text, {format: format ? format[1] : 'TabSeparated'});
    return result.toBuffer ? result.toBuffer() : Buffer.from(result.bytes ? result.bytes() : result.text(), 'utf8');
}

function fail(response, problem) {
    const text = String(problem.message ?? problem);
    const code = /Code: (\d+)/.exec(text)?.[1] ?? problem.clickhouseCode ?? '0';
    response.writeHead(500, {'X-ClickHouse-Exception-Code': code, 'Content-Type': 'text/plain'});
    response.end((text.startsWith('Code:') ? text : `Code: ${code}. DB::Exception: ${text}`) + '\n');
}

const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
        const parameters = new URL(request.url, 'http://localhost').searchParams;
        try {
            const answer = await inTurn(() => run(parameters.get('query') ?? '', Buffer.concat(parts), parameters));
            response.writeHead(200, {'Content-Type': 'application/octet-stream'});
            response.end(answer);
        } catch (problem) {
            fail(response, problem);
        }
    });
});
server.keepAliveTimeout = 10000;
server.listen(Number(port), '127.0.0.1');
for (const name of ['SIGTERM', 'SIGINT']) {
    process.on(name, () => process.exit(0));
}
