-- Scripts of gateway/queue, as Redis runs them: tests/lint puts their parts in before it asks.
std = "lua51"
read_globals = { "redis", "cjson", "KEYS", "ARGV" }
ignore = {
  "431",  -- a part names its arguments without knowing who includes it
}
max_line_length = false
