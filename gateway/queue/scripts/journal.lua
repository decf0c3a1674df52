-- journal: part of accept, settle, requeue, drop, release and resend. `P` is theirs. What one step
-- did, for whoever keeps the history (record/journal.h); FORMAT.md, "Journal", has the fields.

-- Each field's items in order. A field comes once, and what stands in it with line feeds between.
local notes, order = {}, {}

-- `item`: words of which the last alone may hold blanks.
local function note(field, item)
  local items = notes[field]
  if not items then
    items = {}
    notes[field] = items
    order[#order + 1] = field
  end
  if string.find(item, '\n', 1, true) then item = string.gsub(item, '\n', ' ') end
  items[#items + 1] = item
end

-- One entry of all that was noted. `mark`: how many entries are kept, and the version of the
-- configuration; "" where no journal is kept. No record waits for it: where Redis refuses it, that
-- is counted, for what it would have told is missing.
local function writeJournal(mark, at)
  local bound, version = string.match(mark, '^(%d+) (%S*)$')
  if not bound or #order == 0 then return end
  local fields = { 't', at, 'c', version }
  for _, field in ipairs(order) do
    fields[#fields + 1] = field
    fields[#fields + 1] = table.concat(notes[field], '\n')
  end
  local done = redis.pcall('XADD', P .. 'journal', 'MAXLEN', '~', bound, '*', unpack(fields))
  if type(done) == 'table' and done.err then redis.pcall('INCR', P .. 'unnoted') end
end
