#include "lint/include_rules.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace lianqiao::lint {

namespace {

/// A folder of gateway/ and the prefixes of the project's own headers that it may include besides
/// its own.
struct FolderRule {
  std::string_view folder;
  std::vector<std::string_view> may;
};

const std::vector<FolderRule>& folderRules() {
  static const std::vector<FolderRule> kRules{
      {"sdk", {}},
      {"base", {}},
      {"sqlite", {"base/"}},
      {"postgres", {"base/"}},
      {"schema", {"base/"}},
      {"record", {"schema/", "base/"}},
      {"history", {"record/", "schema/", "config/gateway_config.h", "base/"}},
      {"history_sqlite", {"history/", "sqlite/", "record/", "base/"}},
      {"history_postgres", {"history/", "postgres/", "record/", "base/"}},
      {"observe", {"base/", "record/"}},
      {"yaml", {"base/"}},
      {"config", {"yaml/", "record/", "base/"}},
      {"plugin", {"yaml/", "config/", "observe/", "base/"}},
      {"conformance", {"plugin/", "yaml/"}},  // adapters are tested by the gateway's own rules
      {"times", {}},
      {"places", {"yaml/"}},
      {"expression",
       {"places/", "times/", "record/", "schema/", "yaml/", "config/gateway_config.h"}},
      {"pipeline",
       {"lifecycle/", "expression/", "times/", "record/", "schema/", "yaml/",
        "config/gateway_config.h", "places/"}},
      {"lifecycle",
       {"expression/", "times/", "yaml/", "config/route_reader.h", "record/", "schema/", "base/"}},
      {"reconcile",
       {"history/store.h", "plugin/guarded_call.h", "record/", "config/gateway_config.h", "base/"}},
      {"report",
       {"history/store.h", "lifecycle/", "expression/", "times/", "yaml/", "record/", "schema/",
        "base/"}},
      {"redis", {"config/gateway_config.h", "base/"}},
      {"crash", {"base/"}},
      {"queue", {"redis/", "crash/", "record/", "base/", "observe/", "config/gateway_config.h"}},
      {"review", {"queue/", "redis/", "record/", "base/", "config/gateway_config.h"}},
      {"resend", {"history/store.h", "review/", "record/", "base/"}},
      {"storage",
       {"review/", "queue/", "redis/", "crash/", "record/journal.h", "record/life_tables.h",
        "base/", "config/gateway_config.h"}},
      {"spool", {"sqlite/", "storage/", "queue/", "redis/", "record/", "base/"}},
      {"http", {"config/gateway_config.h", "config/reach.h", "base/"}},
      {"intake",
       {"http/", "storage/", "review/", "queue/", "redis/", "crash/", "pipeline/", "plugin/",
        "observe/", "config/gateway_config.h", "record/redact.h", "base/"}},
      {"delivery",
       {"http/", "queue/", "pipeline/", "plugin/", "observe/", "config/gateway_config.h", "record/",
        "base/"}},
      {"admin",
       {"report/", "resend/", "history/store.h", "http/", "storage/", "review/", "queue/", "redis/",
        "plugin/", "observe/", "config/", "record/", "pipeline/", "base/"}},
      {"setup",
       {"report/", "lifecycle/", "pipeline/", "plugin/", "observe/", "yaml/", "config/", "base/"}},
      {"doctor",
       {"setup/", "admin/client.h", "spool/", "postgres/", "queue/", "redis/", "http/", "plugin/",
        "config/", "record/", "base/"}},
      {"runtime", {"report/",         "history_postgres/",
                   "history_sqlite/", "history/",
                   "setup/",          "admin/",
                   "spool/",          "intake/",
                   "delivery/",       "http/",
                   "storage/",        "review/",
                   "queue/",          "redis/",
                   "crash/",          "pipeline/",
                   "plugin/",         "observe/",
                   "yaml/",           "config/",
                   "record/",         "base/",
                   "resend/",         "reconcile/",
                   "lifecycle/"}},
      {"cli",
       {"runtime/", "doctor/", "setup/", "admin/", "http/", "pipeline/", "plugin/", "observe/",
        "yaml/", "config/", "record/", "base/"}},
  };
  return kRules;
}

/// A third party's headers and where alone they may stand; nowhere: they stay out.
struct Fence {
  std::string_view header;
  std::vector<std::string_view> places;  // prefixes of paths
};

const std::vector<Fence>& fences() {
  static const std::vector<Fence> kFences{
      {"openssl/", {"gateway/sdk/src/digest.cpp", "gateway/http/tls_server.cpp"}},
      {"iconv.h", {"gateway/sdk/src/text.cpp", "gateway/sdk/src/text_decoder.cpp"}},
      {"yaml-cpp/", {"gateway/yaml/yaml_reader.cpp"}},
      {"hiredis", {"gateway/redis/redis_connection.cpp"}},
      {"sqlite3.h", {"gateway/sqlite/database.cpp"}},
      {"libpq-fe.h", {"gateway/postgres/connection.cpp"}},
      {"dlfcn.h", {"gateway/plugin/"}},
      {"zlib.h", {"gateway/http/inflate.cpp", "plugins/file_drop/", "plugins/kit/sheet/"}},
      {"zstd.h", {"gateway/history/block_codec.cpp"}},
      {"expat.h", {"plugins/kit/xml/xml_parser.cpp"}},
      {"boost/",
       {"gateway/http/http_head.cpp", "gateway/http/answer_parser.cpp",
        "gateway/places/grid_index.cpp", "gateway/places/polygon_check.cpp"}},
      {"Poco/Net/HTTP", {}},  // its server and client are not bounded: gateway/http has ours
      {"Poco/Net/", {"gateway/http/"}},
  };
  return kFences;
}

constexpr std::string_view kNotInPure[] = {
    "thread",       "mutex",        "condition_variable", "future",    "atomic",   "shared_mutex",
    "sys/socket.h", "netinet/in.h", "sys/epoll.h",        "pthread.h", "Poco/Net/"};

bool startsWithAny(std::string_view text, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [text](std::string_view prefix) { return text.starts_with(prefix); });
}

/// What a record becomes depends on it and on the configuration alone.
bool isPure(std::string_view path) {
  return startsWithAny(path, {"gateway/times/", "gateway/places/", "gateway/expression/",
                              "gateway/pipeline/", "gateway/lifecycle/", "gateway/reconcile/"});
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string all;
  for (const std::string_view word : words) {
    if (!all.empty()) all += ", ";
    all += word;
  }
  return all;
}

struct Include {
  std::string_view header;
  bool quoted = false;
};

std::optional<Include> includeOf(std::string_view line) {
  const auto skipBlanks = [&line] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  skipBlanks();
  if (!line.starts_with('#')) return std::nullopt;
  line.remove_prefix(1);
  skipBlanks();
  if (!line.starts_with("include")) return std::nullopt;
  line.remove_prefix(7);
  skipBlanks();
  if (line.empty() || (line.front() != '"' && line.front() != '<')) return std::nullopt;
  const bool quoted = line.front() == '"';
  line.remove_prefix(1);
  return Include{line.substr(0, line.find(quoted ? '"' : '>')), quoted};
}

// What plays a platform stays out of what talks to one, though one shared object holds both.
bool isForMocks(std::string_view path, std::string_view header) {
  return startsWithAny(header, {"kit/mock/", "kit/sheet/workbook_writer.h"}) &&
         path.substr(path.rfind('/') + 1).find("mock") == std::string_view::npos &&
         !path.starts_with("plugins/kit/");
}

std::string_view segment(std::string_view path, std::size_t index) {
  for (; index > 0; --index) path.remove_prefix(std::min(path.find('/') + 1, path.size()));
  return path.substr(0, path.find('/'));
}

// Of a quoted header: the rule that it breaks, or empty.
std::string ownHeaderRule(std::string_view path, std::string_view header) {
  if (header.starts_with("lianqiao/") || header.find('/') == std::string_view::npos) return {};
  const std::string_view folder = segment(path, 1);
  const std::string own = std::string(folder) + "/";
  if (header.starts_with(own)) return {};
  if (path.starts_with("plugins/")) {
    if (isForMocks(path, header)) return std::string(header) + " is for mocks and tests alone";
    if (folder == "template") return "what is copied into other trees includes lianqiao/*.h alone";
    if (header.starts_with("kit/")) return {};
    return folder == "kit" ? "the kit includes lianqiao/*.h and its own folder only"
                           : "an adapter includes lianqiao/*.h, kit/ and its own folder only";
  }
  for (const FolderRule& rule : folderRules()) {
    if (!path.starts_with("gateway/" + std::string(rule.folder) + "/")) continue;
    if (startsWithAny(header, rule.may)) return {};
    return own + " may include lianqiao/, " + own + (rule.may.empty() ? "" : ", ") +
           joined(rule.may) + " only";
  }
  return own + " is not in the table of tests/lint/include_rules.cpp; add it";
}

std::string fenceRule(std::string_view path, std::string_view header) {
  for (const Fence& fence : fences()) {
    if (header.starts_with(fence.header) && !startsWithAny(path, fence.places)) {
      return std::string(fence.header) +
             (fence.places.empty() ? " stays out" : " stays in " + joined(fence.places));
    }
  }
  if (isPure(path)) {
    for (const std::string_view kept_out : kNotInPure) {
      if (header == kept_out || (kept_out.ends_with('/') && header.starts_with(kept_out))) {
        return "the pipeline has no threads, sockets or clocks";
      }
    }
  }
  return {};
}

bool isNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Whether `word` stands in `line` as a whole word.
bool hasWord(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (end == line.size() || !isNameCharacter(line[end])) return true;
  }
  return false;
}

/// Whether a std::jthread is made there: it is only to be kept.
bool makesThread(std::string_view line) {
  const std::size_t at = line.find("std::jthread");
  if (at == line.npos) return false;
  std::string_view rest = line.substr(at + 12);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  while (!rest.empty() && isNameCharacter(rest.front())) rest.remove_prefix(1);
  return rest.starts_with('(') || rest.starts_with('{');
}

// Tests of an adapter stand beside it and may use what tests use.
bool isAdapterTest(std::string_view path) {
  return path.starts_with("plugins/") && segment(path, 2) == "tests";
}

std::string violation(const SourceFile& source, std::size_t line, std::string_view what,
                      std::string_view rule) {
  return source.path + ":" + std::to_string(line) + ": " + std::string(what) + "; " +
         std::string(rule);
}

}  // namespace

std::vector<std::string> includeViolations(const SourceFile& source) {
  std::vector<std::string> violations;
  if (isAdapterTest(source.path)) return violations;
  std::size_t number = 0;
  for (const std::string_view line : linesOf(source.text)) {
    ++number;
    const auto include = includeOf(line);
    if (!include) continue;
    std::string rule = fenceRule(source.path, include->header);
    if (rule.empty() && include->quoted) rule = ownHeaderRule(source.path, include->header);
    if (rule.empty()) continue;
    violations.push_back(
        violation(source, number, std::string(include->header) + " is included", rule));
  }
  return violations;
}

std::vector<std::string> callViolations(const SourceFile& source) {
  constexpr std::string_view kCalls[] = {"_clock::now(", "std::thread", "std::jthread",
                                         "std::async(",  "sleep_for(",  "sleep_until("};
  std::vector<std::string> violations;
  const bool adapter = source.path.starts_with("plugins/") && !isAdapterTest(source.path);
  if (!adapter && !isPure(source.path)) return violations;
  const std::string code = withoutComments(source.text);
  std::size_t number = 0;
  for (const std::string_view line : linesOf(code)) {
    ++number;
    for (const std::string_view call : kCalls) {
      const std::size_t at = line.find(call);
      if (at == std::string_view::npos) continue;
      // By it sessions keep alive, and waits end at their deadline.
      if (adapter && line.substr(0, at + call.size()).ends_with("steady_clock::now(")) continue;
      violations.push_back(violation(source, number, std::string(call) + " is used",
                                     "the pipeline has no threads and no clock, adapters have no "
                                     "threads and the steady clock alone: ask the Host, or take "
                                     "the time as an argument"));
    }
  }
  return violations;
}

std::vector<std::string> threadViolations(const SourceFile& source) {
  constexpr std::string_view kLocks[] = {
      "std::mutex",        "std::recursive_mutex",    "std::timed_mutex",
      "std::shared_mutex", "std::condition_variable", "std::condition_variable_any",
      "std::lock_guard",   "std::unique_lock",        "std::scoped_lock",
      "std::shared_lock"};
  constexpr std::string_view kThreads[] = {"std::thread", "std::async", "pthread_create",
                                           "pthread_setname_np"};
  std::vector<std::string> violations;
  const std::string_view path = source.path;
  if (isAdapterTest(path) || path.starts_with("gateway/base/") ||
      path.starts_with("gateway/conformance/") || path.ends_with("/lianqiao/mutex.h"))
    return violations;
  const std::string header = path.starts_with("plugins/") ? "lianqiao/mutex.h" : "base/mutex.h";
  const std::string code = withoutComments(source.text);
  std::size_t number = 0;
  for (const std::string_view line : linesOf(code)) {
    ++number;
    for (const std::string_view word : kLocks) {
      if (!hasWord(line, word)) continue;
      violations.push_back(violation(source, number, std::string(word) + " is used",
                                     header + " has locks that clang proves"));
    }
    for (const std::string_view word : kThreads) {
      if (!hasWord(line, word)) continue;
      violations.push_back(violation(source, number, std::string(word) + " is used",
                                     "base::startThread starts threads, each under its name"));
    }
    if (makesThread(line))
      violations.push_back(violation(source, number, "std::jthread is made",
                                     "base::startThread starts threads, each under its name"));
  }
  return violations;
}

}  // namespace lianqiao::lint
