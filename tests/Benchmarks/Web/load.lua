-- What wrk does with each run: an optional pause of random length before each request, and one line of exact numbers at the end.
local longest = 0

function init(args)
  longest = tonumber(args[1] or "0")
  if longest > 0 then
    math.randomseed(1)
    delay = function() return math.random(0, longest) end
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, e.connect + e.read + e.write + e.timeout + e.status,
    latency:percentile(50), latency:percentile(99)))
end
