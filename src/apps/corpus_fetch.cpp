#include "apps/corpus_commands.hpp"
#include "apps/options.hpp"
#include "apps/python.hpp"
#include "base/error.hpp"
#include "spec/model_files.hpp"

namespace attnsweep::apps {
namespace {

/// `--name value` for each value, as the Python package takes them.
void add(Words& words, const std::string& name, const std::vector<std::string>& values) {
  for (const auto& value : values)
    if (!value.empty()) words.insert(words.end(), {name, value});
}

}  // namespace

int corpus_fetch(const Words& words) {
  CommandLine line(
      "corpus fetch",
      "Fetch a model or a data set of a Hugging Face hub into a folder\n\n"
      "Of a model: config.json, the safetensors and the tokenizer's files. Of a data set: its\n"
      "parquet, arrow, jsonl, json, csv, tsv and txt files. Every file is checked against the "
      "hub's\n"
      "digest; the files take their places together, when all are there. An interrupted call "
      "keeps\n"
      "the files that are complete, and the same call goes on. A complete folder is left as it "
      "is,\n"
      "without a look at the hub. The hub's own client (huggingface_hub) does the work: "
      "HF_ENDPOINT\n"
      "names the hub, HF_TOKEN the token, HF_HOME the cache, from which files are copied.",
      "attnsweep corpus fetch --model sentence-transformers/all-MiniLM-L6-v2\n"
      "  attnsweep corpus fetch --model gpt2 --revision main --to models/gpt2\n"
      "  attnsweep corpus fetch --dataset Salesforce/wikitext --subset wikitext-2-raw-v1 "
      "--split test --to corpora/wikitext");
  std::string model, dataset, to, revision, subset;
  std::vector<std::string> splits, include;
  bool dry_run = false;
  auto& app = line.app();
  auto* model_option = app.add_option("--model", model, "A model's repository: OWNER/NAME");
  auto* dataset_option =
      app.add_option("--dataset", dataset, "A data set's repository: OWNER/NAME");
  model_option->excludes(dataset_option);
  app.add_option("--to", to, "The folder; without it models/NAME or corpora/NAME");
  app.add_option("--revision", revision, "A branch, tag or commit; without it the main branch");
  app.add_option("--subset", subset, "One of a data set's subsets (configurations)")
      ->excludes(model_option);
  app.add_option("--split", splits, "Only this split of a data set; repeatable")
      ->allow_extra_args(false)
      ->excludes(model_option);
  app.add_option("--include", include,
                 "Only a data set's files that this pattern matches ('en/*.jsonl'); repeatable")
      ->allow_extra_args(false)
      ->excludes(model_option);
  app.add_flag("--dry-run", dry_run, "List the files and their sizes, fetch nothing");
  if (const auto code = line.parse(words)) return *code;
  if (model.empty() == dataset.empty())
    throw UsageError(
        "attnsweep corpus fetch: --model REPO or --dataset REPO is required; see "
        "`attnsweep corpus fetch --help`");
  Words arguments{"fetch"};
  add(arguments, "--model", {model});
  add(arguments, "--dataset", {dataset});
  add(arguments, "--to", {to});
  add(arguments, "--revision", {revision});
  add(arguments, "--subset", {subset});
  add(arguments, "--split", splits);
  add(arguments, "--include", include);
  if (!model.empty())
    for (const auto& family : spec::families()) add(arguments, "--family", {family.model_type});
  if (dry_run) arguments.push_back("--dry-run");
  if (line.quiet()) arguments.push_back("--quiet");
  return run_python(arguments);
}

}  // namespace attnsweep::apps
