"""The living demo: an invented pump maker, its customers and four waves, made through the services.

Entry points: `build.build` (everything, in one transaction), `latent.draw` (answers with known causes),
`verbatims.comment` (what a respondent with these scores writes). Nothing here is needed by a real deployment.
"""
