-- remembered: part of settle and resend. The history of a delivery's attempts with one line more.
-- The oldest makes room.
local mostLines = 16
local function remembered(history, at, code, detail)
  local line = at .. ' ' .. code .. ' ' .. string.gsub(detail, '\n', ' ')
  history = (history and history .. '\n' or '') .. line
  local _, breaks = string.gsub(history, '\n', '\n')
  if breaks >= mostLines then
    history = string.sub(history, string.find(history, '\n', 1, true) + 1)
  end
  return history
end
