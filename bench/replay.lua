-- Replays the records that bench-sign wrote and checks every answer.
--   wrk ... -s replay.lua URL -- once|cycle FILE [TEXT THAT EVERY ANSWER MUST CONTAIN]
-- once: thread N reads FILE.N on the fly and sends each record one time; cycle: all threads repeat the records of FILE.
-- The last line it prints is `result` with the figures, times in microseconds.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  mode, expected = args[1], args[3]
  sent, bad, exhausted, sample = 0, 0, 0, ""
  local name = args[2]
  if mode == "once" then name = name .. "." .. number end
  file = assert(io.open(name, "rb"))
  file:setvbuf("full", 1048576)
  if mode == "cycle" then
    records = {}
    while true do
      local length = file:read(8)
      if not length then break end
      records[#records + 1] = file:read(tonumber(length))
    end
    -- The threads start apart from each other.
    place = number * 17
  end
  if expected then
    response = function(status, headers, body)
      if status ~= 200 or not string.find(body, expected, 1, true) then
        bad = bad + 1
        if bad == 1 then sample = status .. " " .. string.sub(body, 1, 300) end
      end
    end
  end
end

function request()
  if mode == "cycle" then
    place = place % #records + 1
    return records[place]
  end
  local length = file:read(8)
  if length then
    last = file:read(tonumber(length))
    return last
  end
  -- The figures of such a run are wrong: run.sh asks for more records and runs again.
  exhausted = exhausted + 1
  wrk.thread:stop()
  return last
end

function done(summary, latency)
  local bad, exhausted, sample = 0, 0, ""
  for _, thread in ipairs(threads) do
    bad = bad + thread:get("bad")
    exhausted = exhausted + thread:get("exhausted")
    if sample == "" then sample = thread:get("sample") end
  end
  local errors = summary.errors
  if sample ~= "" then io.stderr:write("a bad answer: " .. sample .. "\n") end
  io.write(string.format("result %d %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), bad,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, exhausted))
end
