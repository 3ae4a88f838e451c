-- Run by Neovim (see test_editor.sh): its language client against `tocsin lsp`. Writes TAP.
local program = os.getenv('TOCSIN')
local out = io.open(os.getenv('TAP'), 'w')
local wait_ms = 20000
local failed = 0
local number = 0

local function check(name, is_right, shown)
  number = number + 1
  failed = failed + (is_right and 0 or 1)
  out:write(string.format('%s %d %s\n', is_right and 'ok' or 'not ok', number, name))
  if not is_right then
    out:write('# ' .. vim.inspect(shown):gsub('\n', '\n# ') .. '\n')
  end
end

local buffer = vim.api.nvim_get_current_buf()
vim.api.nvim_buf_set_name(buffer, 'test.aql')
local function set_text(lines) vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines) end
local function diagnostics() return vim.diagnostic.get(buffer) end
local function has_code(code)
  for _, diagnostic in ipairs(diagnostics()) do
    local found = diagnostic.code or diagnostic.user_data and diagnostic.user_data.lsp and diagnostic.user_data.lsp.code
    if found == code then return diagnostic end
  end
end
local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(buffer, method, params, wait_ms)
  for _, answer in pairs(answers or {}) do return answer.result, answer.error end
end
local function place(line, character)
  return { textDocument = vim.lsp.util.make_text_document_params(buffer),
           position = { line = line, character = character } }
end

set_text({ "SELECT usernam FROM events", "WHERE severity > 4 LAST 1 HOURS" })
local exit_code
local client = vim.lsp.start_client({
  name = 'tocsin', cmd = { program, 'lsp', '--config', 'none', '--tz', 'UTC' }, root_dir = vim.fn.getcwd(),
  on_exit = function(code) exit_code = code end,
})
check('the client starts', client ~= nil and vim.wait(wait_ms, function()
  local started = vim.lsp.get_client_by_id(client)
  return started ~= nil and started.initialized == true
end), client)
vim.lsp.buf_attach_client(buffer, client)

vim.wait(wait_ms, function() return #diagnostics() > 0 end)
local mark = has_code('unknown-field')
check('an unknown field is marked at its place', mark and mark.lnum == 0 and mark.col == 7 and mark.end_col == 14 and
  mark.message:find('username') ~= nil, diagnostics())

set_text({ "SELECT username FROM events", "WHERE severity > 4 LAST 1 HOURS" })
check('the mark goes when it is mended', vim.wait(wait_ms, function() return not has_code('unknown-field') end),
  diagnostics())

set_text({ "SELECT LOGSOURCETYPENAME(devicetype), '💡', usern FROM events LAST 1 HOURS" })
local items = ask('textDocument/completion', place(0, 49)) or {}
check('names are completed behind wide characters', items[1] and items[1].label == 'username' and
  items[1].textEdit.range.start.character == 44 and items[1].textEdit.range['end'].character == 49, items[1])
local help = ask('textDocument/hover', place(0, 10)) or {}
check('a function is explained', help.contents and help.contents.value:find('LOGSOURCETYPENAME') ~= nil and
  help.range.start.character == 7, help)

set_text({ "select username,DATEFORMAT(starttime,'YYYY-MM-dd') as day from events where severity>4 last 1 hours" })
vim.lsp.buf.formatting_sync(nil, wait_ms)
local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
check('a query is laid out', #lines > 1 and table.concat(lines, '\n'):find('SELECT') == 1, lines)

-- The marks of the text before linger until those of the new one come.
local function marked_text(mark)
  local line = vim.api.nvim_buf_get_lines(buffer, mark.lnum, mark.lnum + 1, false)[1] or ''
  return line:sub(mark.col + 1, mark.end_lnum == mark.lnum and mark.end_col or -1)
end
local function week_mark()
  local found = has_code('week-year')
  return found and marked_text(found):find('^.?YYYY') and found
end
vim.wait(wait_ms, function() return week_mark() end)
local week = week_mark()
check('a lint is marked at its place', week, diagnostics())
local at = week or { lnum = 0, col = 0 }
local actions = ask('textDocument/codeAction', {
  textDocument = vim.lsp.util.make_text_document_params(buffer),
  range = { start = { line = at.lnum, character = at.col }, ['end'] = { line = at.lnum, character = at.col } },
  context = { diagnostics = {} },
}) or {}
check('a fix is offered', actions[1] ~= nil and actions[1].edit ~= nil, actions)
if actions[1] then
  vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
end
local fixed = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
check('the fix mends it', fixed:find('yyyy%-MM%-dd') ~= nil and not fixed:find('YYYY'), fixed)

vim.lsp.stop_client(client)
check('the server ends in order', vim.wait(wait_ms, function() return exit_code ~= nil end) and exit_code == 0, exit_code)
out:write(string.format('1..%d\n', number))
out:close()
vim.cmd(failed == 0 and 'qall!' or 'cquit!')
