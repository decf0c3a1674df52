#include <csignal>
#include <cstdio>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "runtime/gateway.h"
#include "setup/setup.h"

namespace lianqiao::cli {

int runGateway(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config"}, {});
  if (!arguments || !arguments->words.empty()) {
    std::fprintf(stderr, "%s\n",
                 arguments ? "usage: lianqiao run --config DIR" : arguments.error().detail.c_str());
    return kUsage;
  }
  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  yaml::Findings findings;
  auto setup = setup::loadSetup(arguments->get("config", "config"), findings);
  if (!setup) {
    setup::printFindings(findings);
    std::fprintf(
        stderr,
        "The gateway does not start with this configuration; lianqiao check lists the errors.\n");
    return kUsage;
  }
  observe::Log log;
  auto gateway = runtime::Gateway::start(std::move(*setup), log);
  if (!gateway) {
    std::fprintf(stderr, "%s: %s\n", gateway.error().code.c_str(), gateway.error().detail.c_str());
    return kFailed;
  }
  log.write(LogLevel::info, "app",
            {{"peers_port", std::to_string((*gateway)->peersPort())},
             {"admin_port", std::to_string((*gateway)->adminPort())}},
            "Ready.");
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) (*gateway)->reload();
  log.write(LogLevel::info, "app", {}, "Stopping.");
  (*gateway)->stop();
  return kOk;
}

}  // namespace lianqiao::cli
