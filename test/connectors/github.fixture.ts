import { GITHUB_TOKEN, githubData, startGithub } from "../vendors/github-server.ts";

export async function prepare() {
  const vendor = await startGithub(githubData(), 5);
  const repositories = ["ada/one", "ada/second"];
  return vendor.fixture({
    options: { api_url: vendor.url, repositories, commit_lookback_days: 0 },
    secrets: { token: GITHUB_TOKEN },
  });
}
