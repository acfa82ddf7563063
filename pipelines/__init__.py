"""流水线的编排与命令行 / orchestration and command line of the pipeline."""
