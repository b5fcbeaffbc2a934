#!/bin/bash
# A Slurm array job for one model whose search takes long; see docs/cluster.md.
#
#     mkdir -p shards && sbatch --array=1-16 examples/slurm-proof.sh model.json
#     stillpoint merge shards/*.ndjson -o result.json --proof proof.npz
#
# There are more shards than tasks (SHARDS, default 64): a task that was killed or requeued does at most one of them
# again, as the others are in their files.
#SBATCH --job-name=stillpoint
#SBATCH --cpus-per-task=1
#SBATCH --output=shards/%a.log
#SBATCH --requeue
set -euo pipefail
shards=${SHARDS:-64}
for ((i = SLURM_ARRAY_TASK_ID; i <= shards; i += SLURM_ARRAY_TASK_COUNT)); do
  stillpoint solve "$@" --method search --threads 1 --shard "$i/$shards" \
    --output "shards/$i.ndjson" --resume --quiet
done
