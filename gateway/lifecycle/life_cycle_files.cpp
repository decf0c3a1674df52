#include <set>

#include "lifecycle/life_cycle_reader.h"
#include "yaml/yaml_reader.h"

/// The part of life_cycle_reader.h that finds the files.
namespace lianqiao::lifecycle {
namespace {

constexpr std::string_view kEnding = ".lifecycle.yaml";

void loadFolder(const std::filesystem::path& folder, const std::string& shownFolder,
                const record::SchemaSet* types, LifeCycles& cycles, yaml::Findings& findings) {
  std::map<std::string, std::string> moved;  // by type of record: what it moves
  for (const auto& [type, cycle] : cycles)
    if (cycle && cycle->movedBy()) moved[cycle->movedBy()->type] = type;
  std::set<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::string name = at->path().filename().string();
    if (name.ends_with(kEnding) && !name.starts_with('.')) files.insert(std::move(name));
  }
  for (const std::string& file : files) {
    const std::string type = file.substr(0, file.size() - kEnding.size());
    const auto root = yaml::YamlReader::readFile(folder / file, shownFolder + file, findings);
    auto& cycle = cycles[type] = root ? readLifeCycle(*root, type, findings, types) : std::nullopt;
    if (!cycle || !cycle->movedBy()) continue;
    const auto [first, isNew] = moved.emplace(cycle->movedBy()->type, type);
    if (!isNew)
      findings.add({shownFolder + file,
                    {},
                    "moved_by.type",
                    "records of this type move the life of a " + first->second + " already",
                    "leave one out: a record moves one life"});
  }
}

}  // namespace

LifeCycles loadLifeCycles(const std::filesystem::path& schemas, yaml::Findings& findings,
                          const record::SchemaSet* types) {
  LifeCycles cycles;
  loadFolder(schemas, "schemas/", types, cycles, findings);
  loadFolder(schemas / "datasets", "schemas/datasets/", types, cycles, findings);
  return cycles;
}

}  // namespace lianqiao::lifecycle
