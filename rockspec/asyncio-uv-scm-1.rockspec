rockspec_format = "3.0"
package = "asyncio-uv"
version = "scm-1"
source = {
  url = "git+https://github.com/asyncio-lua/asyncio-uv.git",
}
description = {
  summary = "asyncio for Lua 5.4, on libuv",
  detailed = [[
Tasks, futures and an event loop with the names and the behaviour of Python's
asyncio: run, create_task, await, gather, shield, wait_for, wait, as_completed,
cancellation, and a virtual clock for tests. The core is written in C.]],
  license = "MIT",
  labels = {"async", "asyncio", "coroutine", "event-loop", "libuv"},
}
dependencies = {
  "lua >= 5.4, < 5.5",
}
external_dependencies = {
  LIBUV = {header = "uv.h", library = "uv"},
}
build = {
  type = "builtin",
  modules = {
    ["asyncio.core"] = {
      sources = {
        "csrc/as_completed.c",
        "csrc/await.c",
        "csrc/callback.c",
        "csrc/cancel.c",
        "csrc/chunk.c",
        "csrc/coroutine.c",
        "csrc/decode.c",
        "csrc/encode.c",
        "csrc/errors.c",
        "csrc/future.c",
        "csrc/futures.c",
        "csrc/gather.c",
        "csrc/glue.c",
        "csrc/identity.c",
        "csrc/interrupt.c",
        "csrc/loop.c",
        "csrc/loops.c",
        "csrc/mem.c",
        "csrc/module.c",
        "csrc/names.c",
        "csrc/parcel.c",
        "csrc/refuse.c",
        "csrc/shield.c",
        "csrc/task.c",
        "csrc/tasks.c",
        "csrc/timeout.c",
        "csrc/transfer.c",
        "csrc/unretrieved.c",
        "csrc/wait.c",
      },
      libraries = {"uv"},
      incdirs = {"$(LIBUV_INCDIR)"},
      libdirs = {"$(LIBUV_LIBDIR)"},
    },
    ["asyncio"] = "lua/asyncio/init.lua",
    ["asyncio.exceptions"] = "lua/asyncio/exceptions.lua",
    ["asyncio.loop"] = "lua/asyncio/loop.lua",
    ["asyncio.meta"] = "lua/asyncio/meta.lua",
    ["asyncio.repr"] = "lua/asyncio/repr.lua",
    ["asyncio.runner"] = "lua/asyncio/runner.lua",
  },
}
-- Not type "busted": that one wants busted as a rock, from the network.
test = {
  type = "command",
  script = ".ci/busted.lua",
}
