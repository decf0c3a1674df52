#include <cstdio>

#include "app/arguments.h"
#include "app/commands.h"
#include "app/offline_host.h"
#include "app/setup.h"
#include "base/ids.h"
#include "lianqiao/codes.h"
#include "lianqiao/sample.h"
#include "plugin/guarded_call.h"

namespace lianqiao::app {
namespace {

std::string errorsText(const std::vector<Problem>& problems, const RawItem& item) {
  std::string out = R"({"ok":false,"errors":[)";
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (i > 0) out += ',';
    out += R"({"code":)";
    json::writeText(problems[i].code, out);
    out += R"(,"path":)";
    json::writeText(problems[i].path, out);
    out += R"(,"message":)";
    json::writeText(problems[i].message, out);
    out += '}';
  }
  out += ']';
  if (!item.origin.empty()) {
    out += R"(,"origin":)";
    json::writeText(item.origin, out);
  }
  return out + '}';
}

}  // namespace

int runMap(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "peer"}, {});
  if (!arguments || arguments->words.size() != 1 || !arguments->has("peer")) {
    std::fprintf(stderr, "%s\n", arguments ? "usage: lianqiao map --config DIR --peer PEER FILE"
                                           : arguments.error().detail.c_str());
    return kUsage;
  }
  config::Findings findings;
  const auto setup = loadSetup(arguments->get("config", "config"), findings);
  if (!setup) {
    printFindings(findings);
    return kUsage;
  }
  const std::string name = arguments->get("peer");
  const config::PeerConfig* peer = nullptr;
  for (const config::PeerConfig& each : setup->config.peers) {
    if (each.name == name) peer = &each;
  }
  if (peer == nullptr) {
    std::fprintf(stderr, "There is no peer \"%s\" in this configuration.\n", name.c_str());
    return kUsage;
  }
  const std::filesystem::path file = arguments->words.front();
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    std::fprintf(stderr, "%s is not a file that can be read.\n", file.c_str());
    return kUsage;
  }

  base::SystemClock clock;
  base::IdSource ids(clock, base::randomSeed());
  OfflineHost host(clock);
  const Descriptor& adapter = *setup->adapters.find(peer->adapter);
  std::unique_ptr<Source> reader;
  if (adapter.makeReader != nullptr) {
    auto made = plugin::guardedCall({peer->adapter, peer->name, "makeReader"},
                                    [&] { return adapter.makeReader(peer->settings, host, file); });
    if (!made) {
      std::fprintf(stderr, "%s\n", made.error().detail.c_str());
      return kUsage;
    }
    reader = std::move(made).value();
  } else {
    reader = standardSampleReader(file);
  }

  pipeline::Workspace workspace;
  std::string cursor;
  bool whole = true;
  for (bool more = true; more;) {
    auto batch = plugin::guardedCall({peer->adapter, peer->name, "poll"}, [&] {
      return reader->poll(cursor, clock.steady() + std::chrono::minutes(10));
    });
    if (!batch) {
      std::printf("%s\n", errorsText({{batch.error().code, "", batch.error().detail}}, {}).c_str());
      return kSomeNot;
    }
    for (const RawItem& item : batch->items) {
      if (!item.problems.empty()) {
        std::printf("%s\n", errorsText(item.problems, item).c_str());
        whole = false;
        continue;
      }
      const auto processed = setup->pipeline->process(peer->name, item, ids.next(), clock.wall(), workspace);
      if (processed.problems.empty()) {
        std::printf("{\"ok\":true,\"record\":%s}\n", processed.record.event.c_str());
      } else {
        std::printf("%s\n", errorsText(processed.problems, item).c_str());
        whole = false;
      }
    }
    more = batch->more;
    cursor = batch->cursor;
  }
  return whole ? kOk : kSomeNot;
}

}  // namespace lianqiao::app
