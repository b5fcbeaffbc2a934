#!/bin/bash
# A Slurm array job in which each task solves one shard; see docs/cluster.md.
#
#     mkdir -p shards && sbatch --array=1-4 examples/slurm-array.sh models/ --method auto
#     stillpoint merge shards/*.ndjson -o results.json
#
# A task that was killed or requeued goes on where it was.
#SBATCH --job-name=stillpoint
#SBATCH --cpus-per-task=1
#SBATCH --output=shards/%a.log
#SBATCH --requeue
set -euo pipefail
exec stillpoint solve "$@" \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
  --output "shards/$SLURM_ARRAY_TASK_ID.ndjson" --resume --quiet
