#include "file_drop/file_drop.h"

#include "file_drop/file_counterpart.h"
#include "file_drop/folder_sink.h"
#include "file_drop/folder_source.h"
#include "file_drop/mock_office.h"
#include "file_drop/sample_source.h"
#include "lianqiao/abi.h"

namespace lianqiao::file_drop {

namespace {

std::unique_ptr<Source> makeSource(const Settings& settings, Host& host) {
  DropSettings drop = readSettings(settings);
  if (drop.folder.empty()) return nullptr;
  return std::make_unique<FolderSource>(std::move(drop), host);
}

std::unique_ptr<Sink> makeSink(const Settings& settings, Host& host) {
  DropSettings drop = readSettings(settings);
  if (drop.outputFolder.empty()) return nullptr;
  return std::make_unique<FolderSink>(std::move(drop), host);
}

std::unique_ptr<Counterpart> makeCounterpart(const Settings& settings, Host& host) {
  DropSettings drop = readSettings(settings);
  if (drop.list.file.empty()) return nullptr;
  return std::make_unique<FileCounterpart>(std::move(drop), host);
}

std::unique_ptr<MockPeer> makeMock(const Settings& settings) {
  return std::make_unique<MockOffice>(readSettings(settings));
}

std::unique_ptr<Source> makeReader(const Settings& settings, Host& host,
                                   const std::filesystem::path& file) {
  DropSettings drop = readSettings(settings);
  drop.read.scratch = host.dataDirectory();
  drop.read.shapes = host.itemShapes();
  return std::make_unique<SampleSource>(std::move(drop), file);
}

const Descriptor kDescriptor{
    .name = "file_drop",
    .version = "0.1.0",
    .summary =
        "Takes ledgers (CSV, XLSX, JSONL) dropped into a folder, and writes records into one.",
    .summaryZh = "读取投放到文件夹的台账（CSV、XLSX、JSONL），也可把记录写入文件夹。",
    .stability = Stability::beta,
    .posture = Posture::hardened,
    .settings = fieldSpecs(),
    .makeSource = makeSource,
    .makeSink = makeSink,
    .makeCounterpart = makeCounterpart,
    .makeMock = makeMock,
    .makeReader = makeReader,
};

}  // namespace

const Descriptor& descriptor() { return kDescriptor; }

}  // namespace lianqiao::file_drop

LIANQIAO_ADAPTER("file_drop", lianqiao::file_drop::descriptor())
