#include <algorithm>
#include <cstdio>
#include <span>

#include "base/ids.h"
#include "base/text_view.h"
#include "base/visible.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "config/no_such_peer.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/sample.h"
#include "lianqiao/text.h"
#include "plugin/guarded_call.h"
#include "setup/offline_host.h"
#include "setup/setup.h"

namespace lianqiao::cli {
namespace {

/// What was read, where that is asked for; bytes that are no text in base64.
std::string rawOf(const RawItem& item) { return isUtf8(item.body) ? item.body : base64(item.body); }

void appendRaw(const RawItem& item, std::string& out) {
  out += R"(,"raw":)";
  json::writeText(rawOf(item), out);
}

/// What rules would make of its record.
void appendDerived(std::span<const pipeline::Derived> derived, std::string& out) {
  if (derived.empty()) return;
  out += R"(,"derived":[)";
  for (const pipeline::Derived& one : derived) {
    if (&one != &derived.front()) out += ',';
    out += R"({"rule":)";
    json::writeText(one.rule, out);
    if (one.problems.empty()) {
      out += R"(,"ok":true,"record":)" + one.record.event + '}';
    } else {
      out += R"(,"ok":false,"errors":)";
      appendProblems(one.problems, out);
      out += '}';
    }
  }
  out += ']';
}

/// One JSON line of an item.
std::string jsonLine(const RawItem& item, std::span<const Problem> problems,
                     const std::string& event, std::span<const pipeline::Derived> derived,
                     bool raw) {
  if (problems.empty()) {
    std::string out = R"({"ok":true,"record":)" + event;
    appendDerived(derived, out);
    if (raw) appendRaw(item, out);
    return out + "}\n";
  }
  std::string out = R"({"ok":false,"errors":)";
  appendProblems(problems, out);
  if (!item.origin.empty()) {
    out += R"(,"origin":)";
    json::writeText(item.origin, out);
  }
  if (raw) appendRaw(item, out);
  return out + "}\n";
}

void appendRecord(const std::string& event, std::string& out) {
  if (const base::ShownJson shown(event); shown) base::appendFields(shown.root(), 2, out);
}

void appendProblemLines(std::span<const Problem> problems, std::string& out) {
  std::string json;
  appendProblems(problems, json);
  base::appendProblemLines(json, 2, out);
}

/// The same for people, `number` counted from 1.
std::string textLines(std::size_t number, const RawItem& item, std::span<const Problem> problems,
                      const std::string& event, std::span<const pipeline::Derived> derived,
                      bool raw) {
  std::string out = "Item " + std::to_string(number);
  if (!item.origin.empty()) out += " (" + base::visible(item.origin, base::LineEnds::escaped) + ")";
  if (raw) out += "\n  raw item: " + base::visible(rawOf(item), base::LineEnds::escaped) + "\n  ";
  if (!problems.empty()) {
    out += ": cannot become a record\n";
    appendProblemLines(problems, out);
    return out;
  }
  out += ": ok\n";
  appendRecord(event, out);
  for (const pipeline::Derived& one : derived) {
    const bool made = one.problems.empty();
    out += "  derived by " + one.rule + (made ? ": ok\n" : ": cannot become a record\n");
    if (made) {
      appendRecord(one.record.event, out);
    } else {
      appendProblemLines(one.problems, out);
    }
  }
  return out;
}

}  // namespace

int runMap(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "peer", "format"}, {"raw"});
  const auto json = arguments ? arguments->wantsJson() : Result<bool>(arguments.error());
  if (!json) {
    std::fprintf(stderr, "%s\n", json.error().detail.c_str());
    return kUsage;
  }
  if (arguments->words.size() != 1 || !arguments->has("peer")) {
    std::fprintf(
        stderr, "usage: lianqiao map --config DIR --peer PEER [--raw] [--format text|json] FILE\n");
    return kUsage;
  }
  yaml::Findings findings;
  const auto setup = setup::loadSetup(arguments->get("config", "config"), findings);
  if (!setup) {
    setup::printFindings(findings);
    return kUsage;
  }
  const std::string name = arguments->get("peer");
  const config::PeerConfig* peer = nullptr;
  for (const config::PeerConfig& each : setup->config.peers) {
    if (each.name == name) peer = &each;
  }
  if (peer == nullptr) {
    std::fprintf(stderr, "%s\n", config::noSuchPeer(name, setup::peerNames(setup->config)).c_str());
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
  setup::OfflineHost host(clock, setup->pipeline->itemShapes(peer->name));
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

  expression::Workspace workspace;
  std::string cursor;
  std::size_t number = 0;
  bool whole = true;
  const bool raw = arguments->has("raw");
  const auto print = [&](const RawItem& item, const std::vector<Problem>& problems,
                         const std::string& event, std::span<const pipeline::Derived> derived) {
    ++number;
    whole = whole && problems.empty() &&
            std::all_of(derived.begin(), derived.end(),
                        [](const pipeline::Derived& one) { return one.problems.empty(); });
    std::fputs((*json ? jsonLine(item, problems, event, derived, raw)
                      : textLines(number, item, problems, event, derived, raw))
                   .c_str(),
               stdout);
  };
  for (bool more = true; more;) {
    auto batch = plugin::guardedCall({peer->adapter, peer->name, "poll"}, [&] {
      return reader->poll(cursor, clock.steady() + std::chrono::minutes(10));
    });
    if (!batch) {
      print({}, {{batch.error().code, "", batch.error().detail}}, {}, {});
      return kSomeNot;
    }
    for (const RawItem& item : batch->items) {
      if (!item.problems.empty()) {
        print(item, item.problems, {}, {});
        continue;
      }
      const auto process = [&] {
        return setup->pipeline->process(peer->name, item, ids.next(), clock.wall(), workspace);
      };
      auto processed = process();
      // No queue is asked here: what another peer's id leads to is shown by that id.
      if (!workspace.references.unknown.empty()) {
        for (record::Reference& one : workspace.references.unknown) {
          std::string key = "<the key that " + one.peer + " calls " + one.id + ">";
          workspace.references.keys.emplace(std::move(one), std::move(key));
        }
        processed = process();
      }
      print(item, processed.problems, processed.record.event, processed.derived);
    }
    more = batch->more;
    cursor = batch->cursor;
  }
  return whole ? kOk : kSomeNot;
}

}  // namespace lianqiao::cli
