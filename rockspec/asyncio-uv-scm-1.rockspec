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
        "csrc/call.c",
        "csrc/call_future.c",
        "csrc/callback.c",
        "csrc/cancel.c",
        "csrc/chunk.c",
        "csrc/concurrent.c",
        "csrc/context.c",
        "csrc/coroutine.c",
        "csrc/coroutines.c",
        "csrc/decode.c",
        "csrc/encode.c",
        "csrc/encoder.c",
        "csrc/errors.c",
        "csrc/executor.c",
        "csrc/executors.c",
        "csrc/extras.c",
        "csrc/future.c",
        "csrc/futures.c",
        "csrc/gather.c",
        "csrc/glue.c",
        "csrc/identity.c",
        "csrc/interrupt.c",
        "csrc/loop.c",
        "csrc/loops.c",
        "csrc/mailbox.c",
        "csrc/mem.c",
        "csrc/module.c",
        "csrc/names.c",
        "csrc/outcome.c",
        "csrc/parcel.c",
        "csrc/perform.c",
        "csrc/refuse.c",
        "csrc/remote.c",
        "csrc/requirable.c",
        "csrc/shield.c",
        "csrc/signals.c",
        "csrc/stack.c",
        "csrc/step.c",
        "csrc/task.c",
        "csrc/tasks.c",
        "csrc/timeout.c",
        "csrc/transfer.c",
        "csrc/unawaited.c",
        "csrc/unretrieved.c",
        "csrc/wait.c",
        "csrc/watchdog.c",
        "csrc/worker.c",
      },
      libraries = {"uv"},
      incdirs = {"$(LIBUV_INCDIR)"},
      libdirs = {"$(LIBUV_LIBDIR)"},
    },
    ["asyncio"] = "lua/asyncio/init.lua",
    ["asyncio.contexts"] = "lua/asyncio/contexts.lua",
    ["asyncio.direct"] = "lua/asyncio/direct.lua",
    ["asyncio.exceptions"] = "lua/asyncio/exceptions.lua",
    ["asyncio.generators"] = "lua/asyncio/generators.lua",
    ["asyncio.graph"] = "lua/asyncio/graph.lua",
    ["asyncio.introspect"] = "lua/asyncio/introspect.lua",
    ["asyncio.locks"] = "lua/asyncio/locks.lua",
    ["asyncio.loop"] = "lua/asyncio/loop.lua",
    ["asyncio.meta"] = "lua/asyncio/meta.lua",
    ["asyncio.options"] = "lua/asyncio/options.lua",
    ["asyncio.queues"] = "lua/asyncio/queues.lua",
    ["asyncio.repr"] = "lua/asyncio/repr.lua",
    ["asyncio.runner"] = "lua/asyncio/runner.lua",
    ["asyncio.scopes"] = "lua/asyncio/scopes.lua",
    ["asyncio.source"] = "lua/asyncio/source.lua",
    ["asyncio.stack"] = "lua/asyncio/stack.lua",
    ["asyncio.taskgroups"] = "lua/asyncio/taskgroups.lua",
    ["asyncio.testing"] = "lua/asyncio/testing.lua",
    ["asyncio.threads"] = "lua/asyncio/threads.lua",
    ["asyncio.timeouts"] = "lua/asyncio/timeouts.lua",
    ["asyncio.waiters"] = "lua/asyncio/waiters.lua",
  },
}
-- Not type "busted": that one wants busted as a rock, from the network.
test = {
  type = "command",
  script = ".ci/busted.lua",
}
