#include "setup/sample_check.h"

#include <algorithm>
#include <set>

#include "lianqiao/codes.h"
#include "lianqiao/sample.h"
#include "pipeline/read_paths.h"
#include "plugin/guarded_call.h"
#include "setup/offline_host.h"
#include "yaml/findings.h"

namespace lianqiao::setup {
namespace {

namespace fs = std::filesystem;

/// Sorted, so that findings come in the same order everywhere.
std::vector<fs::path> filesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->is_regular_file(error)) files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The names that a header is looked for by. None of them is needed: what is missing is what the
/// check tells.
ItemShape shapeOf(const std::vector<pipeline::ReadPaths>& paths) {
  ItemShape shape;
  for (const pipeline::ReadPaths& group : paths) {
    for (const pipeline::ReadPaths::One& one : group.any) {
      const auto& first = one.scopes.empty() ? one.steps : one.scopes.front();
      if (!first.empty() && !first.front().name.empty()) shape.names.push_back(first.front().name);
    }
  }
  std::sort(shape.names.begin(), shape.names.end());
  shape.names.erase(std::unique(shape.names.begin(), shape.names.end()), shape.names.end());
  return shape;
}

class SampleCheck {
 public:
  SampleCheck(config::Contents& reading, const config::AdapterLookup& adapter,
              const yaml::Findings& findings)
      : reading_(reading),
        adapter_(adapter),
        findings_(findings),
        files_(filesIn(reading.config.directory / "samples")) {}

  void run() {
    for (const config::PeerConfig& peer : reading_.config.peers) {
      const Descriptor* const adapter = adapter_(peer.adapter);
      if (adapter == nullptr || yaml::concern(findings_, "peers/" + peer.name + ".yaml")) continue;
      for (const std::string& mapping : peer.inbound.mappings) check(peer, *adapter, mapping);
    }
  }

 private:
  void check(const config::PeerConfig& peer, const Descriptor& adapter,
             const std::string& mapping) {
    const auto root = reading_.sources.mappings.find(mapping);
    if (root == reading_.sources.mappings.end() || !root->second ||
        yaml::concern(findings_, "mappings/" + mapping + ".yaml") ||
        !checked_.insert(mapping).second)
      return;
    std::vector<pipeline::ReadPaths> missing = pipeline::readPaths(*root->second);
    const ItemShape shape = shapeOf(missing);
    std::string names;
    items_ = 0;
    for (const fs::path& file : files_) {
      const std::string name = file.filename().string();
      const std::string stem = name.substr(0, name.find('.'));
      const bool peers = stem == peer.name && peer.inbound.mappings.size() == 1;
      if (stem != mapping && !peers) continue;
      names.append(names.empty() ? "" : ", ").append("samples/" + name);
      look(peer, adapter, file, shape, missing);
    }
    if (items_ == 0) return;
    for (const pipeline::ReadPaths& paths : missing) {
      const yaml::YamlNode& place = *paths.any.front().place;
      reading_.warnings.add(place.finding("no sample has " + shown(paths) + " (" + names + ")",
                                          "mend the path, or add a sample that has it"));
    }
  }

  static std::string shown(const pipeline::ReadPaths& paths) {
    std::string out;
    for (const auto& one : paths.any) out += (out.empty() ? "" : " or ") + one.place->text();
    return out;
  }

  /// Strikes out of `missing` what the file's items have.
  void look(const config::PeerConfig& peer, const Descriptor& adapter, const fs::path& file,
            const ItemShape& shape, std::vector<pipeline::ReadPaths>& missing) {
    OfflineHost host(clock_, {shape});
    auto reader = plugin::guardedCall({peer.adapter, peer.name, "makeReader"}, [&] {
      return adapter.makeReader == nullptr ? standardSampleReader(file)
                                           : adapter.makeReader(peer.settings, host, file);
    });
    if (!reader) return unreadable(file, reader.error());
    std::string cursor;
    std::string why;
    bool any = false;
    for (bool more = true; more && items_ < kMostSamples;) {
      auto batch = plugin::guardedCall({peer.adapter, peer.name, "poll"}, [&] {
        return (*reader)->poll(cursor, clock_.steady() + std::chrono::minutes(1));
      });
      if (!batch) return unreadable(file, batch.error());
      for (const RawItem& item : batch->items) {
        any = strike(item, missing, why) || any;
      }
      more = batch->more;
      cursor = batch->cursor;
    }
    if (!any && !why.empty()) unreadable(file, {codes::kBadJson, why});
  }

  /// False for what would become an exception; `why` is then why the first one would.
  bool strike(const RawItem& item, std::vector<pipeline::ReadPaths>& missing, std::string& why) {
    const Result<void> parsed = json::parse(item.body, document_);
    if (!item.problems.empty() || !parsed) {
      if (why.empty())
        why = item.problems.empty() ? parsed.error().detail : item.problems.front().message;
      return false;
    }
    ++items_;
    std::erase_if(missing, [&](const pipeline::ReadPaths& paths) {
      return std::any_of(paths.any.begin(), paths.any.end(),
                         [&](const auto& one) { return pipeline::isIn(document_.root, one); });
    });
    return true;
  }

  void unreadable(const fs::path& file, const Error& error) {
    reading_.warnings.add({"samples/" + file.filename().string(),
                           {},
                           {},
                           "the sample cannot be read: " + error.detail,
                           "mend it, or move it out of this folder"});
  }

  config::Contents& reading_;
  const config::AdapterLookup& adapter_;
  const yaml::Findings& findings_;
  std::vector<fs::path> files_;
  std::set<std::string> checked_;
  json::Document document_;
  std::size_t items_ = 0;
  base::SystemClock clock_;
};

}  // namespace

void checkSamples(config::Contents& reading, const config::AdapterLookup& adapter,
                  const yaml::Findings& findings) {
  SampleCheck(reading, adapter, findings).run();
}

}  // namespace lianqiao::setup
